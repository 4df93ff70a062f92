// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/metrics/family.h"
#include "agent/metrics/load.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// Each appends the families of one subject, in the order of docs/metrics.md. Every family that it
// can give is given each time, with 0 where nothing happened yet, so that a series never appears
// only with the first event.

// Workers, slots, restarts, reloads, live changes.
void AddPoolFamilies(const scoreboard::Snapshot& now, Families& families);

// What needs a past: see Renderer.
struct Past {
  double slot_seconds = 0;
  double saturation = 0;
  Load load;
};
// Busy time, occupancy, GIL, loops, saturation.
void AddTimeFamilies(const scoreboard::Snapshot& now, const Past& past, Families& families);

// Requests, connections, the queue, the backlog, bodies and buffers; histograms.
void AddRequestFamilies(const scoreboard::Snapshot& now, Families& families);

// Memory and CPU of the processes and of the cgroup, heartbeats, the program itself.
void AddProcessFamilies(const scoreboard::Snapshot& now, const Load& load,
                        const std::string& version, Families& families);

// One row per worker slot, and per thread of each.
void AddSlotFamilies(const scoreboard::Snapshot& now, Families& families);

}  // namespace monoceros::agent
