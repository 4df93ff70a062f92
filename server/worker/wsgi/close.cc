// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/close.h"

#include "worker/python/error.h"

namespace monoceros::wsgi {

bool MayHaveClose(PyObject* body) {
  return !PyList_CheckExact(body) && !PyTuple_CheckExact(body) && !PyBytes_CheckExact(body);
}

bool CallClose(PyObject* body) {
  const python::Ref pending = python::TakeException();
  const python::Ref close = python::Ref::Steal(PyObject_GetAttrString(body, "close"));
  if (close) {
    python::Ref::Steal(PyObject_CallNoArgs(close.get())).Reset();
  } else if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
  }
  if (pending) {
    PyErr_Clear();
    python::RaiseAgain(pending);
  }
  return !PyErr_Occurred();
}

}  // namespace monoceros::wsgi
