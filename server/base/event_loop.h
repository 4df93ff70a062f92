// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "base/fd.h"

namespace monoceros::base {

// Receives readiness of one descriptor. A handler must outlive the turn in which it was removed:
// an event read in the same turn may still be waiting for it (see EventLoop::Remove).
class EventHandler {
 public:
  // `events` is the EPOLL* mask.
  virtual void OnEvents(uint32_t events) = 0;

 protected:
  ~EventHandler() = default;
};

// Thin owner of an epoll instance; one thread. It keeps no timers: its caller knows the next
// deadline and passes it as the time limit of a turn.
class EventLoop {
 public:
  EventLoop();

  // Throw SystemError (ENOSPC, ENOMEM). `handler` is not owned.
  void Add(int fd, uint32_t events, EventHandler* handler);
  void Modify(int fd, uint32_t events, EventHandler* handler);
  // Events of this turn already read for the descriptor may still be delivered; owners therefore
  // destroy handlers only between turns.
  void Remove(int fd);

  // One turn: Wait, then Dispatch. Returns the number of events dispatched.
  int Turn(Nanoseconds limit) {
    Wait(limit);
    return Dispatch();
  }
  // Waits at most `limit` nanoseconds (negative: no limit) for events. Separate from Dispatch for
  // callers that read the clock in between.
  void Wait(Nanoseconds limit);
  // Calls the handlers of what Wait found. Returns their number.
  int Dispatch();

 private:
  static constexpr int kEventsPerTurn = 256;

  Fd epoll_;
  std::array<epoll_event, kEventsPerTurn> events_;
  int ready_ = 0;
};

}  // namespace monoceros::base
