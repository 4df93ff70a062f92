// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "master/worker.h"

namespace monoceros::master {

// Tells the stalls of one event loop from its stamps, looked at now and then. Pure.
class StallJudge {
 public:
  // What a look found. One look may find the end of a stall and the beginning of the next.
  struct News {
    std::optional<base::Nanoseconds> over;    // the stall that was begun is over; how long it was
    std::optional<base::Nanoseconds> missed;  // one is over that no look saw; how long it was
    bool begun = false;                       // one lasts
    base::Nanoseconds next_look = INT64_MAX;  // when one may begin
  };

  // Turns that began until `known` are nothing new.
  explicit StallJudge(base::Nanoseconds known) : known_(known) {}

  // `limit`: from which length on a turn is a stall; more than 0.
  News Look(const Worker::LoopTurns& turns, base::Nanoseconds limit, base::Nanoseconds now);
  // When the stall that lasts began; 0: none lasts.
  base::Nanoseconds since() const { return since_; }
  // Ends the stall that lasts, and says how long it was.
  base::Nanoseconds End(base::Nanoseconds ended);

 private:
  base::Nanoseconds since_ = 0;
  base::Nanoseconds known_;  // when the last long turn began that was dealt with
};

}  // namespace monoceros::master
