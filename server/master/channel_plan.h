// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "channel/channel.h"
#include "master/timeout_judge.h"

namespace monoceros::master {

// What a worker class means to the master. Pure.
struct WorkerProfile {
  uint32_t threads = 1;   // that take exchanges
  uint32_t capacity = 1;  // exchanges that it runs at once
  TimeoutRule timeout_rule = TimeoutRule::kRequestAge;
};

// For "sync" and "gthread".
WorkerProfile ProfileOf(const std::string& worker_class, int threads);

// More slots than capacity: a response that a slow client still reads keeps its slot, and must not
// keep the worker from the next request. Arenas are sparse, so their size costs nothing until used.
channel::Shape ShapeFor(const WorkerProfile& profile);

}  // namespace monoceros::master
