// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/fork_canary.h"
#include "channel/request_times.h"
#include "channel/worker_end.h"
#include "scoreboard/layout.h"
#include "scoreboard/stamps.h"
#include "worker/classes/accounting.h"
#include "worker/classes/run_queue.h"
#include "worker/gil_meter/account.h"
#include "worker/wsgi/request_meter.h"

namespace monoceros::worker {

// Accounts for the time of one thread: into its row of the scoreboard, into the stamp by which the
// master judges `timeout`, and to the router for each request. Made, used and destroyed by that
// thread, without need of the GIL; nothing may be called in a child that the application forked.
class ThreadMeter final : public wsgi::RequestMeter {
 public:
  // All outlive the meter.
  ThreadMeter(scoreboard::ThreadRow& row, scoreboard::ThreadStamp& stamp,
              const base::ForkCanary& canary, const Accounting& accounting);
  ~ThreadMeter();
  ThreadMeter(const ThreadMeter&) = delete;
  ThreadMeter& operator=(const ThreadMeter&) = delete;

  // The thread has taken `exchange`.
  void Begin(const channel::Exchange& exchange);
  void Name(std::string_view method, std::string_view path) override;
  void Report(channel::Exchange& exchange) override;
  // The exchange is finished, and what came after it.
  void End();

 private:
  void Change(auto change);
  base::Nanoseconds GilWait() const;
  void AddRunQueue(base::Nanoseconds now);

  scoreboard::ThreadRow& row_;
  scoreboard::ThreadStamp& stamp_;
  const base::ForkCanary& canary_;
  const Accounting accounting_;
  const bool gil_measured_;
  const RunQueue run_queue_;
  std::optional<gil_meter::TellThread> tell_;
  base::Nanoseconds since_ = 0;
  // One reading of the CPU clock does: the end of one request is the beginning of the next.
  base::Nanoseconds cpu_began_ = 0;
  base::Nanoseconds cpu_ended_ = 0;
  bool reported_ = false;  // cpu_ended_ is of this request
  base::Nanoseconds gil_wait_began_ = 0;
  base::Nanoseconds run_queue_began_ = -1;  // of the request; only where it is asked for
  base::Nanoseconds run_queue_added_ = -1;  // up to here it is in the row
  base::Nanoseconds run_queue_added_at_ = 0;
};

}  // namespace monoceros::worker
