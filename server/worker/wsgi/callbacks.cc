// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/callbacks.h"

#include <cstring>

namespace monoceros::wsgi {
namespace {

using Arguments = PyObject* const*;

// The third argument of start_response may be given by its name.
bool TakeExcInfo(Arguments arguments, Py_ssize_t count, PyObject* names, PyObject*& exc_info) {
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  if (count == 3 && named == 0) {
    exc_info = arguments[2];
    return true;
  }
  if (count != 2 || named > 1) return false;
  if (named == 0) return true;
  exc_info = arguments[2];
  return PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "exc_info") == 0;
}

PyObject* StartResponse(PyObject* self, Arguments arguments, size_t flags, PyObject* names) {
  auto* callbacks = Lent::OfOwnThread<Callbacks>(self);
  if (callbacks == nullptr) return nullptr;
  PyObject* exc_info = nullptr;
  if (!TakeExcInfo(arguments, PyVectorcall_NARGS(flags), names, exc_info)) {
    PyErr_SetString(PyExc_TypeError, "start_response takes (status, headers, exc_info=None)");
    return nullptr;
  }
  if (!callbacks->response().Start(arguments[0], arguments[1], exc_info)) return nullptr;
  return python::Ref::Borrow(callbacks->LendWrite()).Release();
}

bool TakesOne(size_t flags, PyObject* names, const char* what) {
  if (PyVectorcall_NARGS(flags) == 1 && (names == nullptr || PyTuple_GET_SIZE(names) == 0)) {
    return true;
  }
  PyErr_Format(PyExc_TypeError, "%s takes exactly one positional argument", what);
  return false;
}

PyObject* Write(PyObject* self, Arguments arguments, size_t flags, PyObject* names) {
  auto* callbacks = Lent::OfOwnThread<Callbacks>(self);
  if (callbacks == nullptr || !TakesOne(flags, names, "write")) return nullptr;
  if (!callbacks->response().Write(arguments[0])) return nullptr;
  callbacks->response().Flush();
  return python::Ref::Borrow(Py_None).Release();
}

PyObject* EarlyHints(PyObject* self, Arguments arguments, size_t flags, PyObject* names) {
  auto* callbacks = Lent::OfOwnThread<Callbacks>(self);
  if (callbacks == nullptr || !TakesOne(flags, names, "early_hints")) return nullptr;
  if (!callbacks->response().SendEarlyHints(arguments[0])) return nullptr;
  return python::Ref::Borrow(Py_None).Release();
}

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(LentObject, vectorcall), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_dealloc, reinterpret_cast<void*>(FreeInstance)},
    {Py_tp_members, members},
    {0, nullptr},
};

PyType_Spec spec = {
    "monoceros._monoceros.Callback", sizeof(LentObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

}  // namespace

python::Ref MakeCallbackType() { return python::Ref::Steal(PyType_FromSpec(&spec)); }

Callbacks::Callbacks(const Types& types, Response& response)
    : response_(response),
      start_response_(types.callback, StartResponse, this),
      write_(types.callback, Write, this),
      early_hints_(types.callback, EarlyHints, this) {}

void Callbacks::TakeBack() {
  start_response_.TakeBack();
  write_.TakeBack();
  early_hints_.TakeBack();
}

}  // namespace monoceros::wsgi
