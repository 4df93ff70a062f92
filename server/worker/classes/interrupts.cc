// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/interrupts.h"

#include <algorithm>

#include "scoreboard/stamps.h"
#include "worker/python/error.h"

namespace monoceros::worker {
namespace {

using python::Ref;

constexpr char kCapsuleName[] = "monoceros.interrupts";

// signal.signal(number, handler): CPython's own handler, which is safe wherever the signal comes,
// has `handler` called at the next place where Python code may be interrupted.
bool SetHandler(PyObject* handler) {
  const Ref module = Ref::Steal(PyImport_ImportModule("signal"));
  return module && Ref::Steal(PyObject_CallMethod(module.get(), "signal", "iO",
                                                  scoreboard::InterruptSignal(), handler));
}

// Whether the capsule's owner lives: nullptr is no value that a capsule can hold.
struct Owner {
  Interrupts* interrupts = nullptr;
};

Owner* OwnerOf(PyObject* capsule) {
  return static_cast<Owner*>(PyCapsule_GetPointer(capsule, kCapsuleName));
}

void DeleteOwner(PyObject* capsule) { delete OwnerOf(capsule); }

}  // namespace

bool Interrupts::Listen() {
  static PyMethodDef definition = {"interrupt", OnSignal, METH_VARARGS, nullptr};
  const Ref package = Ref::Steal(PyImport_ImportModule("monoceros"));
  if (package) exception_ = Ref::Steal(PyObject_GetAttrString(package.get(), "RequestTimeout"));
  if (!exception_) return false;
  auto* const owner = new Owner{this};
  capsule_ = Ref::Steal(PyCapsule_New(owner, kCapsuleName, DeleteOwner));
  if (!capsule_) {
    delete owner;
    return false;
  }
  const Ref handler = Ref::Steal(PyCFunction_New(&definition, capsule_.get()));
  return handler && SetHandler(handler.get());
}

Interrupts::~Interrupts() {
  if (!capsule_) return;
  OwnerOf(capsule_.get())->interrupts = nullptr;
  const Ref raised = python::TakeException();
  const Ref ignore = Ref::Steal(PyLong_FromLong(reinterpret_cast<long>(SIG_IGN)));
  if (!ignore || !SetHandler(ignore.get())) PyErr_Clear();
  python::RaiseAgain(raised);
}

PyObject* Interrupts::OnSignal(PyObject* capsule, PyObject*) {
  Interrupts* const self = OwnerOf(capsule)->interrupts;
  if (self != nullptr && !self->worker_.canary().InChild() && self->Follow()) {
    PyErr_SetNone(self->exception_.get());
    return nullptr;
  }
  return Ref::Borrow(Py_None).Release();
}

// One call may stand for several signals.
bool Interrupts::Follow() {
  const scoreboard::StampPage& page = worker_.stamp_page();
  const uint64_t count = page.interrupt_count.load(std::memory_order_acquire);
  const uint64_t oldest = count - std::min(count, scoreboard::kInterrupts);
  bool here = false;
  for (uint64_t order = std::max(seen_, oldest); order < count; ++order) {
    const uint64_t exchange =
        page.interrupts[order % scoreboard::kInterrupts].load(std::memory_order_relaxed);
    if (target_.Interrupt(exchange, exception_.get())) here = true;
  }
  seen_ = count;
  return here;
}

}  // namespace monoceros::worker
