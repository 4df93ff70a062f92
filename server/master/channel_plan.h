// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "channel/channel.h"
#include "config/settings.h"
#include "master/timeout_judge.h"

namespace monoceros::master {

// What a worker class means to the master. Pure.
struct WorkerProfile {
  uint32_t threads = 1;      // that take exchanges at first
  uint32_t max_threads = 1;  // that stamps and channel have room for
  uint32_t capacity = 1;     // exchanges that it runs at once at first
  TimeoutRule timeout_rule = TimeoutRule::kRequestAge;
  bool loop = false;  // an event loop in its one thread, woken by the worker's bell
};

// Of the wanted class; `thread_rows` is what the scoreboard has for each worker, at least
// `threads`. A gthread worker has room for more threads than it starts with.
WorkerProfile ProfileOf(const config::Settings& settings, uint32_t thread_rows);

// Rows of the scoreboard: fixed while the server runs, so with room to grow, unless that would take
// too much memory.
struct BoardShape {
  uint32_t worker_rows = 0;
  uint32_t threads_per_worker = 0;
};
BoardShape BoardFor(int workers, int surge, int threads);

// More slots than capacity: a response that a slow client still reads keeps its slot, and must not
// keep the worker from the next request. Arenas are sparse, so their size costs nothing until used.
channel::Shape ShapeFor(const WorkerProfile& profile);

}  // namespace monoceros::master
