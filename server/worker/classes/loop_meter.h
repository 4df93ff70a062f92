// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/fork_canary.h"
#include "scoreboard/layout.h"
#include "scoreboard/stamps.h"
#include "worker/classes/accounting.h"
#include "worker/classes/run_queue.h"
#include "worker/gil_meter/account.h"
#include "worker/loop_wait/wait_hook.h"

namespace monoceros::worker {

// Accounts for the time of a worker's event loop: how long it did not wait for events, into the
// scoreboard, and since when its present turn lasts, into the stamp by which the master judges
// `timeout`. Made, used and destroyed by the loop's thread.
class LoopMeter final : public loop_wait::Observer {
 public:
  // All outlive the meter. `exact`: the loop tells when it waits. Otherwise its CPU time stands for
  // its busy time, and Beat for its turns.
  LoopMeter(scoreboard::WorkerRow& worker, scoreboard::ThreadRow& row,
            scoreboard::ThreadStamp& stamp, const base::ForkCanary& canary,
            const Accounting& accounting, bool exact);
  ~LoopMeter();
  LoopMeter(const LoopMeter&) = delete;
  LoopMeter& operator=(const LoopMeter&) = delete;

  // Once a second, by the loop: adds what the thread has cost since the last call.
  void Beat();
  // A request has ended.
  void CountRequest();

  void OnSleep() override;
  void OnWake() override;

 private:
  base::Nanoseconds GilWait() const;

  scoreboard::WorkerRow& worker_;
  scoreboard::ThreadRow& row_;
  scoreboard::ThreadStamp& stamp_;
  const base::ForkCanary& canary_;
  const Accounting accounting_;
  const bool exact_;
  const RunQueue run_queue_;
  std::optional<gil_meter::TellThread> tell_;
  std::optional<loop_wait::Observe> observe_;
  base::Nanoseconds woke_at_;
  base::Nanoseconds cpu_;  // up to here it is in the row, as the two below
  base::Nanoseconds gil_wait_;
  base::Nanoseconds run_queue_waited_;
};

}  // namespace monoceros::worker
