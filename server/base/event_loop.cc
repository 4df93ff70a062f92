// SPDX-License-Identifier: Apache-2.0
#include "base/event_loop.h"

#include <algorithm>
#include <utility>

#include "base/syscall.h"

namespace monoceros::base {
namespace {

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

void EventLoop::Wait(Nanoseconds limit) {
  ready_ = ::epoll_wait(epoll_.get(), events_.data(), kEventsPerTurn, ToMilliseconds(limit));
  if (ready_ >= 0) return;
  if (errno != EINTR) Check(ready_, "epoll_wait");
  ready_ = 0;
}

int EventLoop::Dispatch() {
  for (int i = 0; i < ready_; ++i) {
    static_cast<EventHandler*>(events_[i].data.ptr)->OnEvents(events_[i].events);
  }
  return std::exchange(ready_, 0);
}

}  // namespace monoceros::base
