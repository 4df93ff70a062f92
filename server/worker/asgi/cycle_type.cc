// SPDX-License-Identifier: Apache-2.0
// The coroutine that a request's task runs: the application's own, so that what it returns or
// raises ends the exchange in the same step.
#include "worker/asgi/cycle.h"
#include "worker/asgi/steps.h"
#include "worker/python/error.h"

namespace monoceros::asgi {
namespace {

using python::Ref;

struct CycleObject {
  PyObject_HEAD Cycle* cycle;  // owned
  PyObject* inner;             // what the application returned; null: not called yet
};

CycleObject& Self(PyObject* object) { return *reinterpret_cast<CycleObject*>(object); }

PySendResult Conclude(Cycle& cycle, PyObject** result) {
  const Ref error = python::TakeException();
  const Ref unused = Ref::Steal(*result);
  cycle.Complete(error);
  *result = nullptr;
  const bool cancelled = error && PyErr_GivenExceptionMatches(
                                      error.get(), cycle.handler().application().cancelled.get());
  if (cancelled) {
    python::RaiseAgain(error);
    return PYGEN_ERROR;
  }
  *result = Ref::Borrow(Py_None).Release();
  return PYGEN_RETURN;
}

PySendResult Settle(PyObject* object, PySendResult status, PyObject** result) {
  Cycle& cycle = *Self(object).cycle;
  if (cycle.handler().stamps().canary->InChild()) cycle.handler().owner().OnForkedChild();
  return status == PYGEN_NEXT ? status : Conclude(cycle, result);
}

// While it lives the cycle's task is at a step.
class AtStep {
 public:
  explicit AtStep(Cycle& cycle) : handler_(cycle.handler()), before_(handler_.Enter(&cycle)) {}
  ~AtStep() { handler_.Enter(before_); }
  AtStep(const AtStep&) = delete;
  AtStep& operator=(const AtStep&) = delete;

 private:
  Handler& handler_;
  Cycle* const before_;
};

PySendResult Advance(PyObject* object, PyObject* value, PyObject** result) {
  CycleObject& self = Self(object);
  const AtStep here(*self.cycle);
  if (self.inner == nullptr) self.inner = self.cycle->Call(object).Release();
  return self.inner == nullptr ? PYGEN_ERROR : PyIter_Send(self.inner, value, result);
}

PySendResult Step(PyObject* object, PyObject* value, PyObject** result) {
  *result = nullptr;
  // The task keeps the object, but its end lets go of it.
  const Ref keep = Ref::Borrow(object);
  return Settle(object, Advance(object, value, result), result);
}

PyObject* Next(PyObject* object) { return NextOf(object, Step); }
PyObject* Itself(PyObject* object) { return Ref::Borrow(object).Release(); }

PyObject* Hand(PySendResult status, PyObject* result) {
  if (status != PYGEN_RETURN) return result;
  const Ref value = Ref::Steal(result);
  PyErr_SetNone(PyExc_StopIteration);
  return nullptr;
}

PyObject* SendValue(PyObject* object, PyObject* value) {
  PyObject* result = nullptr;
  const PySendResult status = Step(object, value, &result);
  return Hand(status, result);
}

// Passes the exception on to the application.
PySendResult ThrowInto(PyObject* object, PyObject* const* arguments, Py_ssize_t count,
                       PyObject** result) {
  PyObject* const inner = Self(object).inner;
  const Names& names = Self(object).cycle->handler().application().names;
  const Ref thrower =
      inner == nullptr ? Ref() : Ref::Steal(PyObject_GetAttr(inner, names[Names::kThrow]));
  if (!thrower) {
    PyErr_Clear();
    RaiseThrown(arguments, count);
    return PYGEN_ERROR;
  }
  {
    const AtStep here(*Self(object).cycle);
    *result = PyObject_Vectorcall(thrower.get(), arguments, static_cast<size_t>(count), nullptr);
  }
  if (*result != nullptr) return PYGEN_NEXT;
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return PYGEN_ERROR;
  PyErr_Clear();
  *result = Ref::Borrow(Py_None).Release();
  return PYGEN_RETURN;
}

PyObject* Throw(PyObject* object, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 1) {
    PyErr_SetString(PyExc_TypeError, "throw takes an exception");
    return nullptr;
  }
  const Ref keep = Ref::Borrow(object);
  PyObject* result = nullptr;
  const PySendResult thrown = ThrowInto(object, arguments, count, &result);
  const PySendResult status = Settle(object, thrown, &result);
  return Hand(status, result);
}

PyObject* Close(PyObject* object, PyObject*) {
  const Ref keep = Ref::Borrow(object);
  CycleObject& self = Self(object);
  const Names& names = self.cycle->handler().application().names;
  const Ref closed = self.inner == nullptr
                         ? Ref::Borrow(Py_None)
                         : Ref::Steal(PyObject_CallMethodNoArgs(self.inner, names[Names::kClose]));
  self.cycle->Complete(python::TakeException());
  return Ref::Borrow(Py_None).Release();
}

// cr_frame, cr_await and the like are the application's: tools that look at tasks see through.
PyObject* GetAttribute(PyObject* object, PyObject* name) {
  PyObject* const own = PyObject_GenericGetAttr(object, name);
  PyObject* const inner = Self(object).inner;
  if (own != nullptr || inner == nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) {
    return own;
  }
  PyErr_Clear();
  return PyObject_GetAttr(inner, name);
}

int Traverse(PyObject* object, visitproc visit, void* arg) {
  const CycleObject& self = Self(object);
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(self.inner);
  return self.cycle == nullptr ? 0 : self.cycle->Traverse(visit, arg);
}

int ClearCycle(PyObject* object) {
  CycleObject& self = Self(object);
  Py_CLEAR(self.inner);
  if (self.cycle != nullptr) self.cycle->Clear();
  return 0;
}

void Free(PyObject* object) {
  PyObject_GC_UnTrack(object);
  const Ref type = Ref::Steal(reinterpret_cast<PyObject*>(Py_TYPE(object)));
  ClearCycle(object);
  delete Self(object).cycle;
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
    {Py_tp_clear, reinterpret_cast<void*>(ClearCycle)},
    {Py_tp_getattro, reinterpret_cast<void*>(GetAttribute)},
    {Py_tp_iter, reinterpret_cast<void*>(Itself)},
    {Py_tp_iternext, reinterpret_cast<void*>(Next)},
    {Py_am_await, reinterpret_cast<void*>(Itself)},
    {Py_am_send, reinterpret_cast<void*>(Step)},
    {Py_tp_methods, methods},
    {0, nullptr},
};

PyType_Spec spec = {"monoceros._monoceros.Request", sizeof(CycleObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

}  // namespace

python::Ref MakeCycleType() { return Ref::Steal(PyType_FromSpec(&spec)); }

python::Ref MakeCycleObject(const Types& types, std::unique_ptr<Cycle> cycle) {
  auto* const type = reinterpret_cast<PyTypeObject*>(types.cycle.get());
  Ref object = Ref::Steal(type->tp_alloc(type, 0));
  if (object) Self(object.get()).cycle = cycle.release();
  return object;
}

Cycle& CycleOf(PyObject* object) { return *Self(object).cycle; }

}  // namespace monoceros::asgi
