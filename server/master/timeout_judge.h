// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/clock.h"

namespace monoceros::master {

// What `timeout` means for a worker class (Gunicorn's meaning).
enum class TimeoutRule {
  kRequestAge,  // sync: a request runs longer than the limit
  kGilStarved,  // gthread: a thread waits for the GIL and none of the process has got it
  kLoopTurn,    // loop classes: the loop has not turned; busy_since is when its turn began
};

// One thread's stamps, copied out of the shared page; nanoseconds, 0 means "not".
struct ThreadView {
  base::Nanoseconds busy_since = 0;
  base::Nanoseconds gil_waiting_since = 0;
};

// One ready worker as the master sees it.
struct WorkerView {
  TimeoutRule rule = TimeoutRule::kRequestAge;
  base::Nanoseconds gil_acquired_at = 0;
  std::span<const ThreadView> threads;
};

// Whether the worker hangs by its class's rule. `limit` 0 or less: never. Stamps of the future (a
// hostile or torn page) never make a worker look hung.
bool Hangs(const WorkerView& worker, base::Nanoseconds now, base::Nanoseconds limit);

}  // namespace monoceros::master
