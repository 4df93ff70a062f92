// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/clock.h"
#include "master/stack_reader.h"
#include "master/worker_pool.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::master {

// Has the stacks of workers read whose requests run longer than slow_request_stack: once for each
// request, one worker at a time.
class SlowRequests {
 public:
  SlowRequests(const scoreboard::Scoreboard& board, const WorkerPool& pool, StackReader& stacks)
      : board_(board), pool_(pool), stacks_(stacks) {}

  // `limit` seconds; 0: never. Call once a second.
  void Keep(double limit, base::Nanoseconds now);

 private:
  void Look(const Worker& worker, base::Nanoseconds limit, base::Nanoseconds now);

  const scoreboard::Scoreboard& board_;
  const WorkerPool& pool_;
  StackReader& stacks_;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> seen_;  // (slot, thread): request
};

}  // namespace monoceros::master
