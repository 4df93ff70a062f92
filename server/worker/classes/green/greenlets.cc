// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/green/greenlets.h"

#include "worker/python/error.h"

namespace monoceros::worker {
namespace {

using python::Ref;

Ref Attribute(const Ref& object, const char* name) {
  return object ? Ref::Steal(PyObject_GetAttrString(object.get(), name)) : Ref();
}

void LogPending(base::Logger& logger, const char* what) {
  logger.Error("{}: {}", what, python::Describe(python::TakeException()));
}

}  // namespace

bool Greenlets::Open(const Ref& module) {
  hub_ = Ref::Steal(PyObject_CallMethod(module.get(), "Hub", nullptr));
  make_ = Attribute(hub_, "make");
  begin_ = Attribute(make_ ? hub_ : Ref(), "begin");
  make_waiter_ = Attribute(begin_ ? hub_ : Ref(), "waiter");
  wake_soon_ = Attribute(make_waiter_ ? hub_ : Ref(), "wake_soon");
  killed_ = Attribute(wake_soon_ ? hub_ : Ref(), "killed");
  if (killed_) wait_ = Ref::Steal(PyUnicode_InternFromString("wait"));
  return static_cast<bool>(wait_);
}

Ref Greenlets::Make(const Ref& function) const {
  return Ref::Steal(PyObject_CallOneArg(make_.get(), function.get()));
}

void Greenlets::Begin(const Ref& greenlet, base::Logger& logger) const {
  if (!Ref::Steal(PyObject_CallOneArg(begin_.get(), greenlet.get()))) {
    LogPending(logger, "a request's greenlet failed");
  }
}

Ref Greenlets::MakeWaiter() const { return Ref::Steal(PyObject_CallNoArgs(make_waiter_.get())); }

bool Greenlets::Wait(const Ref& waiter) const {
  return static_cast<bool>(Ref::Steal(PyObject_CallMethodNoArgs(waiter.get(), wait_.get())));
}

void Greenlets::Wake(const Ref& waiter, base::Logger& logger) const {
  if (!Ref::Steal(PyObject_CallOneArg(wake_soon_.get(), waiter.get()))) {
    LogPending(logger, "cannot wake a request's greenlet");
  }
}

bool Greenlets::Interrupt(const Ref& greenlet, PyObject* exception, base::Logger& logger) const {
  const Ref here =
      Ref::Steal(PyObject_CallMethod(hub_.get(), "interrupt", "OO", greenlet.get(), exception));
  if (!here) LogPending(logger, "cannot interrupt a request's greenlet");
  return here.get() == Py_True;
}

bool Greenlets::ForkedHere() const {
  const Ref pending = python::TakeException();
  const Ref here = Ref::Steal(PyObject_CallMethod(hub_.get(), "forked_here", nullptr));
  PyErr_Clear();
  python::RaiseAgain(pending);
  return here.get() == Py_True;
}

void Greenlets::Kill(const Ref& list, base::Logger& logger) const {
  const Ref pending = python::TakeException();
  if (!Ref::Steal(PyObject_CallMethod(hub_.get(), "kill", "O", list.get()))) {
    LogPending(logger, "cannot end the running requests");
  }
  python::RaiseAgain(pending);
}

}  // namespace monoceros::worker
