// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace monoceros::master {

// A worker as the plan sees it.
struct PlannedWorker {
  enum class Phase {
    kStarting,  // ordered or booting
    kReady,     // serves
    kLeaving,   // draining, stopping or dying; no longer counted
  };
  uint32_t incarnation = 0;  // grows: the smallest is the oldest
  uint32_t generation = 0;
  Phase phase = Phase::kStarting;
  bool wants_replacement = false;  // it serves on until its replacement is ready (max_requests)
};

// All that decides how many workers start and which leave.
struct Observed {
  int wanted = 1;
  uint32_t generation = 1;  // workers of smaller generations are to be replaced
  int surge = 1;            // replacements that may run beside those they replace; 0: one of
                            // them leaves, and is gone, before its replacement starts
  bool may_start = true;    // the template is ready and no pause is running
  std::vector<PlannedWorker> workers;
};

struct Actions {
  int start = 0;                 // workers to fork now
  std::vector<uint32_t> retire;  // incarnations to drain now, oldest first
};

// Converges the pool to `wanted` workers of `generation`. Replacements come first: an old worker
// leaves only when enough others are ready. Of too many workers those still starting leave first,
// then the oldest, as in Gunicorn. Pure.
Actions Plan(const Observed& observed);

}  // namespace monoceros::master
