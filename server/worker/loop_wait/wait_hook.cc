// SPDX-License-Identifier: Apache-2.0
#include "worker/loop_wait/wait_hook.h"

#include <sys/epoll.h>

#include <cerrno>

#include "worker/gil_meter/loaded_objects.h"
#include "worker/gil_meter/slot_patch.h"

namespace monoceros::loop_wait {
namespace {

constexpr int kNone = -1;

// The functions below have no argument of ours, so this cannot be anybody's member.
struct Watched {
  Observer* observer = nullptr;
  int epoll = kNone;
};
thread_local Watched watched;

template <typename Wait>
int Watch(int epoll, Wait wait) {
  if (watched.observer != nullptr && watched.epoll == kNone) watched.epoll = epoll;
  if (watched.observer == nullptr || watched.epoll != epoll) return wait();
  watched.observer->OnSleep();
  const int count = wait();
  const int error = errno;
  watched.observer->OnWake();
  errno = error;
  return count;
}

int Wait(int epoll, epoll_event* events, int most, int timeout) {
  return Watch(epoll, [&] { return ::epoll_wait(epoll, events, most, timeout); });
}

int MaskedWait(int epoll, epoll_event* events, int most, int timeout, const sigset_t* mask) {
  return Watch(epoll, [&] { return ::epoll_pwait(epoll, events, most, timeout, mask); });
}

}  // namespace

bool Install(uintptr_t address) {
  bool installed = false;
  gil_meter::VisitObjectOf(address, [&](const gil_meter::LoadedObject& object) {
    gil_meter::SlotPatch patch;
    const bool wait = patch.Replace(object, "epoll_wait", reinterpret_cast<const void*>(&Wait));
    const bool masked =
        patch.Replace(object, "epoll_pwait", reinterpret_cast<const void*>(&MaskedWait));
    installed = wait || masked;
    patch.Keep();
  });
  return installed;
}

Observe::Observe(Observer& observer) { watched = {&observer, kNone}; }
Observe::~Observe() { watched = {}; }

}  // namespace monoceros::loop_wait
