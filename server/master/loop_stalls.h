// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "master/router_process.h"
#include "master/stack_reader.h"
#include "master/stall_judge.h"
#include "master/worker_pool.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::master {

// Reports event loops that do not turn: once per stall with the stack that holds the loop and the
// requests that are there, and once when it turns again. It judges by the workers' private stamps,
// looks once a second, and in between only when a busy loop may pass the limit; a stall that is
// over by then is counted and logged from what the loop noted of it.
class LoopStalls {
 public:
  // All outlive it.
  LoopStalls(const MasterContext& context, RouterProcess& router, const WorkerPool& pool,
             StackReader& stacks, scoreboard::Scoreboard& board)
      : context_(context), router_(router), pool_(pool), stacks_(stacks), board_(board) {}

  // `limit` seconds; 0: nothing is reported. In every turn.
  void Keep(double limit, base::Nanoseconds now);
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  // What is known of one worker's loop.
  struct Watch {
    uint32_t row = 0;
    pid_t pid = -1;
    StallJudge judge;
    base::Nanoseconds tell_by = 0;  // the router is asked; 0: it is not
  };

  void Look(base::Nanoseconds limit, base::Nanoseconds now);
  void LookAt(const Worker& worker, Watch& watch, base::Nanoseconds limit, base::Nanoseconds now);
  void Begin(uint32_t incarnation, Watch& watch, base::Nanoseconds now);
  void End(const Watch& watch, base::Nanoseconds lasted, const char* how);
  void Add(const Watch& watch, base::Nanoseconds lasted);
  void Forget(base::Nanoseconds now);
  void StopWatching(base::Nanoseconds now);
  void Tell(base::Nanoseconds now);
  void Report(Watch& watch, const std::string& requests, base::Nanoseconds now);

  MasterContext context_;
  RouterProcess& router_;
  const WorkerPool& pool_;
  StackReader& stacks_;
  scoreboard::Scoreboard& board_;
  std::map<uint32_t, Watch> watches_;  // by incarnation
  base::Nanoseconds next_look_ = INT64_MAX;
  base::Nanoseconds next_beat_ = 0;
};

}  // namespace monoceros::master
