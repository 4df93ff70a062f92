// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace monoceros::loop_wait {

// Is told when one thread's loop waits for events. Called without the GIL.
class Observer {
 public:
  virtual void OnSleep() = 0;
  virtual void OnWake() = 0;

 protected:
  ~Observer() = default;
};

// Lets the loaded object that holds `address` tell the observers of its threads, for the life of
// the process. False when its calls cannot be replaced.
bool Install(uintptr_t address);

// While it lives, `observer` is told of the waits of the calling thread on the epoll descriptor on
// which it waits first. Destroyed by the same thread; one at a time.
class Observe {
 public:
  explicit Observe(Observer& observer);
  ~Observe();
  Observe(const Observe&) = delete;
  Observe& operator=(const Observe&) = delete;
};

}  // namespace monoceros::loop_wait
