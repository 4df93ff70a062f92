// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.h"
#include "router/measure/time_split.h"
#include "router/measure/trace_parent.h"
#include "scoreboard/layout.h"

namespace monoceros::router {

// One finished request, as the pool's histograms want it.
struct Observation {
  int status = 0;                 // 499: the client left
  base::Nanoseconds request = 0;  // complete enough to dispatch (else head complete) -> last byte
  TimeSplit split;                // counted where `application` is known; queue always
  std::optional<TraceParent> trace;
};

// Counts it in the histograms of `row`, whose only writer is the caller, and keeps its trace as the
// exemplar of its bucket. Cheap: no system call without a trace.
void Observe(const Observation& observation, scoreboard::RouterRow& row);

}  // namespace monoceros::router
