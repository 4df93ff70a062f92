// SPDX-License-Identifier: Apache-2.0
#include "master/timeout_judge.h"

#include <algorithm>

namespace monoceros::master {
namespace {

bool OlderThan(base::Nanoseconds stamp, base::Nanoseconds now, base::Nanoseconds limit) {
  return stamp > 0 && stamp < now && now - stamp > limit;
}

}  // namespace

bool Hangs(const WorkerView& worker, base::Nanoseconds now, base::Nanoseconds limit) {
  if (limit <= 0) return false;
  if (worker.rule != TimeoutRule::kGilStarved) {
    return std::ranges::any_of(
        worker.threads, [&](const ThreadView& t) { return OlderThan(t.busy_since, now, limit); });
  }
  // An acquisition within the limit proves that the GIL still goes round, so whoever waits is
  // merely slow.
  const bool somebody_got_it =
      worker.gil_acquired_at > 0 && !OlderThan(worker.gil_acquired_at, now, limit);
  return !somebody_got_it && std::ranges::any_of(worker.threads, [&](const ThreadView& t) {
    return OlderThan(t.gil_waiting_since, now, limit);
  });
}

}  // namespace monoceros::master
