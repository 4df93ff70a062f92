// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// What the scoreboard's rows mean together. Pure functions of snapshots.

// Whether workers of this class run an event loop, with one thread and many requests at once.
bool RunsLoop(const scoreboard::WorkerCopy& worker);

// Requests that the ready workers can run at once.
uint64_t UsableSlots(const scoreboard::Snapshot& now);
// Serving threads (thread classes) and loops of the ready workers: what busy time is a share of.
uint64_t ServingPlaces(const scoreboard::Snapshot& now);
// Requests that run now in this worker's threads; for a loop 1 or 0.
uint64_t BusyThreads(const scoreboard::WorkerCopy& worker);
// Slots that run a request now.
uint64_t BusySlots(const scoreboard::Snapshot& now);

// False when all ready workers are free-threaded: their GIL wait is not 0, there is none.
bool HasGil(const scoreboard::Snapshot& now);

// Nanoseconds since the pool's start, all incarnations of all slots included.
uint64_t BusyNanoseconds(const scoreboard::WorkerCopy& worker);
uint64_t BusyNanoseconds(const scoreboard::Snapshot& now);
uint64_t ThreadGilWaitNanoseconds(const scoreboard::Snapshot& now);

// Resident memory and CPU time of all processes of the pool.
uint64_t ResidentBytes(const scoreboard::Snapshot& now);

// Means over the time between two snapshots.
struct Load {
  double seconds = 0;           // between them; 0: they do not belong together, all below are 0
  double busy_threads = 0;      // mean number of threads of thread classes that ran a request
  double occupancy = 0;         // busy time / time of the places
  double gil_wait_ratio = 0;    // GIL wait of requests / busy time, of thread classes
  double gil_utilisation = 0;   // of the busiest worker, an upper bound; 0 to 1
  double loop_utilisation = 0;  // of the busiest loop; 0 to 1
  double worker_cpu = 0;        // CPU seconds a second of the busiest worker
  double cpu_quota_ratio = 0;   // CPU used / quota of the cgroup; 0 without a quota
  double shed_per_second = 0;
};
Load Compare(const scoreboard::Snapshot& before, const scoreboard::Snapshot& now);

}  // namespace monoceros::agent
