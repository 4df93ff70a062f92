// SPDX-License-Identifier: Apache-2.0
#include "worker/python/function.h"

#include <memory>
#include <utility>

namespace monoceros::python {
namespace {

using Function = std::function<void()>;

Function* FunctionOf(PyObject* capsule) {
  return static_cast<Function*>(PyCapsule_GetPointer(capsule, nullptr));
}

void Delete(PyObject* capsule) { delete FunctionOf(capsule); }

PyObject* Call(PyObject* capsule, PyObject*) {
  (*FunctionOf(capsule))();
  return Ref::Borrow(Py_None).Release();
}

PyMethodDef definition = {"monoceros", Call, METH_NOARGS, nullptr};

}  // namespace

Ref MakeFunction(Function function) {
  auto owned = std::make_unique<Function>(std::move(function));
  const Ref capsule = Ref::Steal(PyCapsule_New(owned.get(), nullptr, Delete));
  if (!capsule) return {};
  static_cast<void>(owned.release());  // the capsule owns it now
  return Ref::Steal(PyCFunction_New(&definition, capsule.get()));
}

}  // namespace monoceros::python
