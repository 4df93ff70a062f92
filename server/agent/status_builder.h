// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "scoreboard/snapshot.h"

namespace monoceros::control::v1 {
class Status;
class Worker;
}  // namespace monoceros::control::v1

namespace monoceros::agent {

struct StatusInput {
  const scoreboard::Snapshot& now;
  const scoreboard::Snapshot& before;   // rates, occupancy and GIL wait are of the time since
  const scoreboard::Snapshot& window;   // saturation and GIL utilisation are of the time since
  base::Nanoseconds wall_clock = 0;     // of `now`, since the epoch
  bool detail = false;                  // workers and threads too
  bool quantiles_since_before = false;  // else since the pool's start
};

// What the snapshots say, as control.proto has it. Pure.
void BuildStatus(const StatusInput& input, control::v1::Status& status);

// One worker and those of its threads that live.
void BuildWorker(const scoreboard::WorkerCopy& worker, base::Nanoseconds now,
                 control::v1::Worker& out);

// Estimates from buckets the value below which `share` of the observations are, in seconds; within
// a bucket they are taken to be spread evenly. 0 without observations.
double Quantile(const scoreboard::HistogramCopy& histogram, double share);

}  // namespace monoceros::agent
