// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <mutex>

#include "worker/python/ref.h"

namespace monoceros::worker {

// Which exchange a thread runs application code for, so that it can be interrupted there and
// nowhere else. Made by that thread. All calls need the GIL.
class Interruption {
 public:
  Interruption() : thread_(PyThread_get_thread_ident()) {}

  // By that thread: application code begins to run for `exchange`, and ends. Nothing that was
  // ordered for it can be raised after End.
  void Begin(uint64_t exchange) {
    const std::lock_guard lock(mutex_);
    exchange_ = exchange;
    raised_.Reset();
    asynchronous_ = false;
  }
  void End() {
    const std::lock_guard lock(mutex_);
    exchange_ = 0;
    if (asynchronous_) PyThreadState_SetAsyncExc(thread_, nullptr);
  }

  // By any thread: raises `exception` in the thread if it runs `exchange`. True: it is the calling
  // thread that does, and the caller is to raise it.
  bool Interrupt(uint64_t exchange, PyObject* exception) {
    const std::lock_guard lock(mutex_);
    if (exchange_ == 0 || exchange_ != exchange) return false;
    raised_ = python::Ref::Borrow(exception);
    if (thread_ == PyThread_get_thread_ident()) return true;
    asynchronous_ = true;
    PyThreadState_SetAsyncExc(thread_, exception);
    return false;
  }

  // Whether `error`, which ended the exchange, is what Interrupt raised.
  bool Explains(const python::Ref& error) const {
    return raised_ && PyErr_GivenExceptionMatches(error.get(), raised_.get());
  }

 private:
  const unsigned long thread_;
  std::mutex mutex_;  // for interpreters without a GIL
  uint64_t exchange_ = 0;
  bool asynchronous_ = false;  // the exception may still be on its way to the thread
  python::Ref raised_;
};

}  // namespace monoceros::worker
