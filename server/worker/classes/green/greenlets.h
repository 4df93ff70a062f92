// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "base/log.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// The hub of a greenlet library, as python/monoceros/_gevent.py and _eventlet.py present it: its
// class Hub, which is also the loop of a LoopServer. Needs the GIL.
class Greenlets {
 public:
  // The hub of this process, from `module`. False with an exception pending.
  bool Open(const python::Ref& module);

  // A greenlet that will call `function`; none with an exception pending.
  python::Ref Make(const python::Ref& function) const;
  // Hub only: runs a greenlet until it waits for the first time, or ends.
  void Begin(const python::Ref& greenlet, base::Logger& logger) const;
  // Something that greenlets wait at; none with an exception pending.
  python::Ref MakeWaiter() const;
  // The current greenlet waits at `waiter` until it is woken; also for no reason. False with an
  // exception pending, which may have been thrown in.
  bool Wait(const python::Ref& waiter) const;
  // Whoever waits at `waiter` goes on when the hub turns.
  void Wake(const python::Ref& waiter, base::Logger& logger) const;
  // Throws `exception` (a class) into `greenlet` when the hub turns. True: it is the current one,
  // and the caller is to raise it.
  bool Interrupt(const python::Ref& greenlet, PyObject* exception, base::Logger& logger) const;
  // In a child that the application forked: whether this greenlet is the one that did.
  bool ForkedHere() const;
  // Main greenlet: throws into those of the list and lets them end for a moment.
  void Kill(const python::Ref& list, base::Logger& logger) const;
  // The exception that ends a greenlet.
  const python::Ref& killed() const { return killed_; }
  const python::Ref& loop() const { return hub_; }

 private:
  python::Ref hub_;
  python::Ref make_, begin_, make_waiter_, wake_soon_;  // methods of the hub
  python::Ref wait_;                                    // name of the waiter's method
  python::Ref killed_;
};

}  // namespace monoceros::worker
