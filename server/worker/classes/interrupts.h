// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>

#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// What a worker class does to interrupt the application in one exchange
// (`request_timeout_action: interrupt`).
class Interruptible {
 public:
  // Raises `exception` (a class) in what runs `exchange`, if that still runs; never in anything
  // else, whatever it runs next. Called in the main thread with the GIL, between two instructions
  // of whatever Python code runs there, or while its loop waits. True: the exchange runs there, and
  // the exception is to be raised at that place. No exception is pending, and none may be left so.
  virtual bool Interrupt(uint64_t exchange, PyObject* exception) = 0;

 protected:
  ~Interruptible() = default;
};

// Follows the master's orders to interrupt exchanges, which come by a signal of their own, so that
// they reach a main thread that is busy in Python, sleeps, or waits for a lock or a socket. Made,
// used and destroyed by the main thread with the GIL.
class Interrupts {
 public:
  // Both outlive it.
  Interrupts(Worker& worker, Interruptible& target) : worker_(worker), target_(target) {}
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Begins; once. False with an exception pending.
  bool Listen();

 private:
  static PyObject* OnSignal(PyObject* capsule, PyObject* arguments);
  bool Follow();

  Worker& worker_;
  Interruptible& target_;
  python::Ref exception_;  // monoceros.RequestTimeout
  python::Ref capsule_;    // holds `this` while it lives
  uint64_t seen_ = 0;      // orders
};

}  // namespace monoceros::worker
