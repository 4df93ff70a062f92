// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// How close the pool is to its limit between two snapshots: 0 idle, 1 full, above 1 requests wait.
// The greatest of
//   - offered concurrency / usable slots: requests that ran (the mean), those that wait now, and
//     those that were shed, at the mean service time;
//   - the busiest worker's utilisation of its loop (loop classes) or, as an upper bound, of its GIL
//     (thread classes: CPU time of the process);
//   - CPU time used / the cgroup's quota.
// CPU times are sampled once a second: take snapshots 5 s apart or more. With equal times, or
// `before` of another master, only what holds at `now` counts.
double Saturation(const scoreboard::Snapshot& before, const scoreboard::Snapshot& now);

}  // namespace monoceros::agent
