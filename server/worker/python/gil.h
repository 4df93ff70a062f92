// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "base/clock.h"
#include "base/fork_canary.h"
#include "scoreboard/stamps.h"

namespace monoceros::python {

// Where one thread tells the master how it stands with the GIL.
struct GilStamps {
  scoreboard::StampPage* page = nullptr;
  scoreboard::ThreadStamp* thread = nullptr;
  const base::ForkCanary* canary = nullptr;
};

// Gives the GIL up for a scope. On the way out stamps since when the thread waits for the GIL, and
// that it got it, so that the master can tell a starved process from a slow one.
class ReleaseGil {
 public:
  explicit ReleaseGil(const GilStamps& stamps) : stamps_(stamps), state_(PyEval_SaveThread()) {}
  ~ReleaseGil() {
    // The stamps are not mapped in a child that the application forked.
    if (stamps_.canary->InChild()) {
      PyEval_RestoreThread(state_);
      return;
    }
    stamps_.thread->gil_waiting_since.store(Now(), std::memory_order_relaxed);
    PyEval_RestoreThread(state_);
    stamps_.thread->gil_waiting_since.store(0, std::memory_order_relaxed);
    stamps_.page->gil_acquired_at.store(Now(), std::memory_order_relaxed);
  }
  ReleaseGil(const ReleaseGil&) = delete;
  ReleaseGil& operator=(const ReleaseGil&) = delete;

 private:
  // A few milliseconds coarse: time limits are counted in seconds, and it costs a tenth.
  static base::Nanoseconds Now() { return base::ReadClock(CLOCK_MONOTONIC_COARSE); }

  const GilStamps& stamps_;
  PyThreadState* state_;
};

}  // namespace monoceros::python
