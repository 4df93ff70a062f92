// SPDX-License-Identifier: Apache-2.0
// What receive() and send() return: a coroutine that does not suspend while the channel has what it
// needs.
#include "worker/asgi/cycle.h"
#include "worker/asgi/steps.h"

namespace monoceros::asgi {
namespace {

using python::Ref;

struct Awaitable {
  PyObject_HEAD PyObject* cycle;  // null: it is over
  PyObject* message;              // to send; null: receives
};

Awaitable& Self(PyObject* object) { return *reinterpret_cast<Awaitable*>(object); }

int ClearAwaitable(PyObject* object) {
  Awaitable& self = Self(object);
  // It may stand in the middle of its message.
  if (self.cycle != nullptr && self.message != nullptr) CycleOf(self.cycle).GiveUp(object);
  Py_CLEAR(self.cycle);
  Py_CLEAR(self.message);
  return 0;
}

Outcome Try(PyObject* object, Ref& result) {
  const Awaitable& self = Self(object);
  Cycle& cycle = CycleOf(self.cycle);
  if (self.message == nullptr) return cycle.Receive(result);
  result = Ref::Borrow(Py_None);
  return cycle.Send(object, self.message);
}

PySendResult Step(PyObject* object, PyObject*, PyObject** result) {
  *result = nullptr;
  if (Self(object).cycle == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "this receive() or send() was awaited already");
    return PYGEN_ERROR;
  }
  Ref value;
  const Outcome outcome = Try(object, value);
  if (outcome == Outcome::kWait) {
    Ref future = CycleOf(Self(object).cycle).AwaitNews(Self(object).message == nullptr);
    if (!future) return PYGEN_ERROR;
    *result = future.Release();
    return PYGEN_NEXT;
  }
  const Ref message = Ref::Steal(std::exchange(Self(object).message, nullptr));
  const Ref cycle = Ref::Steal(std::exchange(Self(object).cycle, nullptr));
  if (outcome == Outcome::kFailed) return PYGEN_ERROR;
  *result = value.Release();
  return PYGEN_RETURN;
}

PyObject* Next(PyObject* object) { return NextOf(object, Step); }
PyObject* Itself(PyObject* object) { return Ref::Borrow(object).Release(); }

PyObject* SendValue(PyObject* object, PyObject*) { return Next(object); }

PyObject* Throw(PyObject* object, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 1) {
    PyErr_SetString(PyExc_TypeError, "throw takes an exception");
    return nullptr;
  }
  ClearAwaitable(object);
  RaiseThrown(arguments, count);
  return nullptr;
}

PyObject* Close(PyObject* object, PyObject*) {
  ClearAwaitable(object);
  return Ref::Borrow(Py_None).Release();
}

int Traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(Self(object).cycle);
  Py_VISIT(Self(object).message);
  return 0;
}

void Free(PyObject* object) {
  PyObject_GC_UnTrack(object);
  const Ref type = Ref::Steal(reinterpret_cast<PyObject*>(Py_TYPE(object)));
  ClearAwaitable(object);
  Py_TYPE(object)->tp_free(object);
}

PyMethodDef methods[] = {
    {"send", SendValue, METH_O, nullptr},
    {"throw", reinterpret_cast<PyCFunction>(Throw), METH_FASTCALL, nullptr},
    {"close", Close, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(Free)},
    {Py_tp_traverse, reinterpret_cast<void*>(Traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(ClearAwaitable)},
    {Py_tp_iter, reinterpret_cast<void*>(Itself)},
    {Py_tp_iternext, reinterpret_cast<void*>(Next)},
    {Py_am_await, reinterpret_cast<void*>(Itself)},
    {Py_am_send, reinterpret_cast<void*>(Step)},
    {Py_tp_methods, methods},
    {0, nullptr},
};

PyType_Spec spec = {"monoceros._monoceros.Awaitable", sizeof(Awaitable), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

PyObject* Make(PyObject* cycle, PyObject* message) {
  PyObject* const type = CycleOf(cycle).handler().application().types.awaitable.get();
  PyObject* const object =
      reinterpret_cast<PyTypeObject*>(type)->tp_alloc(reinterpret_cast<PyTypeObject*>(type), 0);
  if (object == nullptr) return nullptr;
  Self(object).cycle = Ref::Borrow(cycle).Release();
  Self(object).message = Ref::Borrow(message).Release();
  return object;
}

PyObject* Receive(PyObject* cycle, PyObject*) { return Make(cycle, nullptr); }
PyObject* Send(PyObject* cycle, PyObject* message) { return Make(cycle, message); }

PyMethodDef receive = {"receive", Receive, METH_NOARGS, "The next message of this request."};
PyMethodDef send = {"send", Send, METH_O, "Sends a message of this response."};

}  // namespace

python::Ref MakeAwaitableType() { return Ref::Steal(PyType_FromSpec(&spec)); }

python::Ref MakeReceive(PyObject* object) { return Ref::Steal(PyCFunction_New(&receive, object)); }

python::Ref MakeSend(PyObject* object) { return Ref::Steal(PyCFunction_New(&send, object)); }

}  // namespace monoceros::asgi
