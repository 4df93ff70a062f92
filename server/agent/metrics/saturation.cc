// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/saturation.h"

#include <algorithm>

#include "agent/metrics/load.h"

namespace monoceros::agent {

namespace {

// Requests that ran, that wait, and that would have run had they not been shed.
double OfferedConcurrency(const scoreboard::Snapshot& now, const Load& load) {
  double running = static_cast<double>(BusySlots(now));
  const bool threads_only = std::none_of(now.workers.begin(), now.workers.end(), RunsLoop);
  if (load.seconds > 0 && threads_only) running = load.busy_threads;
  const double service = static_cast<double>(now.router.mean_service_nanoseconds) /
                         static_cast<double>(base::kNanosecondsPerSecond);
  return running + now.router.queued + load.shed_per_second * service;
}

}  // namespace

double Saturation(const scoreboard::Snapshot& before, const scoreboard::Snapshot& now) {
  const Load load = Compare(before, now);
  const double slots = static_cast<double>(std::max<uint64_t>(1, UsableSlots(now)));
  return std::max({OfferedConcurrency(now, load) / slots, load.loop_utilisation,
                   load.gil_utilisation, load.cpu_quota_ratio});
}

}  // namespace monoceros::agent
