// SPDX-License-Identifier: Apache-2.0
#include "base/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "base/syscall.h"

namespace monoceros::base {
namespace {

constexpr int kEventsPerTurn = 256;

// Rounded up, so that a turn never ends just before the deadline it waits for.
int ToMilliseconds(Nanoseconds limit) {
  if (limit < 0) return -1;
  const Nanoseconds rounded = (limit + kNanosecondsPerMillisecond - 1) / kNanosecondsPerMillisecond;
  return static_cast<int>(std::min<Nanoseconds>(rounded, 60'000));
}

}  // namespace

EventLoop::EventLoop() : epoll_(Check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void EventLoop::Add(int fd, uint32_t events, EventHandler* handler) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  Check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl(ADD, {})", fd);
}

void EventLoop::Modify(int fd, uint32_t events, EventHandler* handler) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  Check(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event), "epoll_ctl(MOD, {})", fd);
}

void EventLoop::Remove(int fd) {
  Check(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr), "epoll_ctl(DEL, {})", fd);
}

int EventLoop::Turn(Nanoseconds limit) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, ToMilliseconds(limit));
  if (count < 0) {
    if (errno == EINTR) return 0;
    Check(count, "epoll_wait");
  }
  for (int i = 0; i < count; ++i) {
    static_cast<EventHandler*>(events[i].data.ptr)->OnEvents(events[i].events);
  }
  return count;
}

}  // namespace monoceros::base
