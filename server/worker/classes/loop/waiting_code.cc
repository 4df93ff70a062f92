// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/loop/waiting_code.h"

#include "worker/loop_wait/wait_hook.h"

namespace monoceros::worker {
namespace {

using python::Ref;

// Where the code of an extension's type or of a builtin function lies; 0 when that cannot be told.
uintptr_t CodeOf(PyObject* object) {
  if (PyType_Check(object)) {
    return reinterpret_cast<uintptr_t>(reinterpret_cast<PyTypeObject*>(object)->tp_dealloc);
  }
  if (PyCFunction_Check(object)) {
    return reinterpret_cast<uintptr_t>(PyCFunction_GetFunction(object));
  }
  if (!Py_IS_TYPE(object, &PyMethodDescr_Type)) return 0;
  return reinterpret_cast<uintptr_t>(
      reinterpret_cast<PyMethodDescrObject*>(object)->d_method->ml_meth);
}

uintptr_t WaitingCode(const Ref& module, const Ref& loop) {
  const Ref waiter = Ref::Steal(PyObject_CallMethod(module.get(), "waiter", "(O)", loop.get()));
  PyErr_Clear();
  return waiter ? CodeOf(waiter.get()) : 0;
}

}  // namespace

bool LetLoopTell(Worker& worker, const Ref& module, const Ref& loop) {
  const uintptr_t code = WaitingCode(module, loop);
  const bool tells = code != 0 && loop_wait::Install(code);
  if (!tells) {
    worker.logger().Warning(
        "this event loop's waiting cannot be measured: its CPU time stands for its busy time");
  }
  return tells;
}

}  // namespace monoceros::worker
