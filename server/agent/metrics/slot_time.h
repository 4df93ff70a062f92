// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// The integral over time of the pool's serving places (load.h): with the busy time of the
// scoreboard it gives the true mean occupancy of any interval. It starts when it is first told of a
// pool, and it only grows; between two snapshots the places count with their mean.
class SlotTime {
 public:
  void Observe(const scoreboard::Snapshot& now);
  double seconds() const { return seconds_; }

 private:
  double seconds_ = 0;
  double places_ = 0;
  base::Nanoseconds at_ = 0;  // 0: not told yet
};

}  // namespace monoceros::agent
