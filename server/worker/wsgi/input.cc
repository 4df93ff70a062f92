// SPDX-License-Identifier: Apache-2.0
// wsgi.input: the Python face of RequestBody.
#include <limits>

#include "worker/python/exclusive.h"
#include "worker/wsgi/lent.h"
#include "worker/wsgi/request_body.h"
#include "worker/wsgi/types.h"

namespace monoceros::wsgi {
namespace {

using Arguments = PyObject* const*;

// The optional size argument of read and its kin: absent, None and negative numbers mean "all".
bool ParseSize(Arguments arguments, Py_ssize_t count, Py_ssize_t& size) {
  size = -1;
  if (count > 1) {
    PyErr_SetString(PyExc_TypeError, "takes at most one argument");
    return false;
  }
  if (count == 0 || arguments[0] == Py_None) return true;
  size = PyNumber_AsSsize_t(arguments[0], PyExc_OverflowError);
  return size != -1 || PyErr_Occurred() == nullptr;
}

PyObject* Read(PyObject* self, Arguments arguments, Py_ssize_t count) {
  const python::Exclusive alone(self);
  auto* body = Lent::Of<RequestBody>(self);
  Py_ssize_t size;
  if (body == nullptr || !ParseSize(arguments, count, size)) return nullptr;
  return body->Read(size).Release();
}

PyObject* ReadLine(PyObject* self, Arguments arguments, Py_ssize_t count) {
  const python::Exclusive alone(self);
  auto* body = Lent::Of<RequestBody>(self);
  Py_ssize_t size;
  if (body == nullptr || !ParseSize(arguments, count, size)) return nullptr;
  return body->ReadLine(size).Release();
}

// As io.IOBase does: whole lines, until together they reach `hint` bytes.
PyObject* ReadLines(PyObject* self, Arguments arguments, Py_ssize_t count) {
  const python::Exclusive alone(self);
  auto* body = Lent::Of<RequestBody>(self);
  Py_ssize_t hint;
  if (body == nullptr || !ParseSize(arguments, count, hint)) return nullptr;
  if (hint <= 0) hint = std::numeric_limits<Py_ssize_t>::max();
  python::Ref lines = python::Ref::Steal(PyList_New(0));
  for (Py_ssize_t total = 0; lines && total < hint;) {
    const python::Ref line = body->ReadLine(-1);
    if (!line || PyList_Append(lines.get(), line.get()) < 0) return nullptr;
    total += PyBytes_GET_SIZE(line.get());
    if (PyBytes_GET_SIZE(line.get()) > 0) continue;
    // The empty line at the end is not one of the lines.
    if (PyList_SetSlice(lines.get(), PyList_GET_SIZE(lines.get()) - 1, PyList_GET_SIZE(lines.get()),
                        nullptr) < 0) {
      return nullptr;
    }
    break;
  }
  return lines.Release();
}

PyObject* Next(PyObject* self) {
  const python::Exclusive alone(self);
  auto* body = Lent::Of<RequestBody>(self);
  if (body == nullptr) return nullptr;
  python::Ref line = body->ReadLine(-1);
  if (line && PyBytes_GET_SIZE(line.get()) == 0) line.Reset();
  return line.Release();
}

PyMethodDef methods[] = {
    {"read", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(Read)), METH_FASTCALL,
     "Up to size bytes of the request body, or all that is left."},
    {"readline", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(ReadLine)), METH_FASTCALL,
     "The next line with its newline, at most size bytes."},
    {"readlines", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(ReadLines)), METH_FASTCALL,
     "A list of the lines that are left, or of about hint bytes of them."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(FreeInstance)},
    {Py_tp_methods, methods},
    {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(Next)},
    {0, nullptr},
};

PyType_Spec spec = {"monoceros._monoceros.Input", sizeof(LentObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

}  // namespace

python::Ref MakeInputType() { return python::Ref::Steal(PyType_FromSpec(&spec)); }

}  // namespace monoceros::wsgi
