// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/python/ref.h"

namespace monoceros::asgi {

// tp_iternext of a type that has am_send: `step` is what am_send does with None.
inline PyObject* NextOf(PyObject* self, PySendResult (*step)(PyObject*, PyObject*, PyObject**)) {
  PyObject* result = nullptr;
  if (step(self, Py_None, &result) != PYGEN_RETURN) return result;
  const python::Ref value = python::Ref::Steal(result);
  const python::Ref stop =
      python::Ref::Steal(PyObject_CallOneArg(PyExc_StopIteration, value.get()));
  if (stop) PyErr_SetObject(PyExc_StopIteration, stop.get());
  return nullptr;
}

// Makes the exception pending that `throw` of a coroutine was given: (value) or (type, value,
// traceback).
inline void RaiseThrown(PyObject* const* arguments, Py_ssize_t count) {
  PyObject* const type = arguments[0];
  PyObject* const value = count > 1 && arguments[1] != Py_None ? arguments[1] : nullptr;
  if (PyExceptionInstance_Check(type)) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(type)), type);
  } else if (PyExceptionClass_Check(type)) {
    PyErr_SetObject(type, value);
  } else {
    PyErr_SetString(PyExc_TypeError, "throw takes an exception");
  }
}

}  // namespace monoceros::asgi
