// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "router/dispatch/dispatcher.h"
#include "router/net/context.h"

namespace monoceros::router {

// All that the health of the server is judged by.
struct HealthFacts {
  base::Nanoseconds now = 0;
  base::Nanoseconds master_beat_at = 0;
  bool draining = false;
  bool memory_full = false;
  bool had_worker = false;  // a worker was ready since this router started
  WorkerCounts workers;
  uint32_t starting = 0;  // workers that load the application now
  uint32_t wanted = 0;    // workers
};

// Reasons against; none: well.
struct Verdict {
  std::vector<std::string> reasons;
  bool ok() const { return reasons.empty(); }
};

// Looks at the router and, for the workers that start, at the scoreboard. No system call.
HealthFacts GatherHealth(const Context& context);

// Whether the server is worth keeping: the router turns (or it would not ask), and the master has
// turned within the last 10 seconds.
Verdict JudgeLiveness(const HealthFacts& facts);

// Whether a new request would be served: a worker takes work and the server does not end.
Verdict JudgeReadiness(const HealthFacts& facts);

}  // namespace monoceros::router
