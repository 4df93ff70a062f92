// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/fork_canary.h"
#include "base/log.h"
#include "channel/worker_end.h"
#include "scoreboard/scoreboard.h"
#include "scoreboard/stamps.h"
#include "worker/classes/control_link.h"
#include "worker/python/gil.h"
#include "worker/template/orders.h"
#include "worker/wsgi/handler.h"

namespace monoceros::worker {

// What the threads of one worker process share. The main thread reads the control socket; all
// others only ask.
class Worker {
 public:
  // Takes `order` over. Throws base::SystemError, or std::runtime_error when what the master sent
  // does not fit together. `logger` outlives the worker.
  Worker(const StartOrder& start, ForkOrder order, base::Logger& logger);

  // The channel served now; exchanges of an older one keep that one alive.
  std::shared_ptr<channel::WorkerEnd> channel() const;
  // Blocks until channel() is another than `old` or the worker leaves. Call without the GIL.
  void AwaitOtherChannel(const channel::WorkerEnd* old);

  // Main thread: does what the master and the signals ask. Never blocks.
  void FollowMaster();
  // Main thread: FollowMaster as soon as the master asks for something, or after `milliseconds`.
  // Needs the GIL and gives it up meanwhile.
  void AwaitMaster(int milliseconds);
  // All threads leave after the exchange that they run.
  void Leave();
  bool leaving() const { return leaving_.load(std::memory_order_relaxed); }
  bool orphaned() const { return orphaned_; }

  // An exchange ended; asks for replacement when it was the last of max_requests.
  void CountRequest();

  uint32_t threads() const { return threads_; }
  base::Logger& logger() { return logger_; }
  ControlLink& control() { return control_; }
  const base::ForkCanary& canary() const { return canary_; }
  scoreboard::ThreadRow& row(uint32_t thread) const { return scoreboard_.thread(row_, thread); }
  scoreboard::ThreadStamp& stamp(uint32_t thread) { return stamps_.thread(thread); }
  python::GilStamps gil_stamps(uint32_t thread);

  wsgi::Application application;

 private:
  void Attach(channel::WorkerFds fds);
  void FollowSignals();

  const uint32_t row_;
  const uint32_t threads_;
  base::Logger& logger_;
  ControlLink control_;
  base::ForkCanary canary_;
  scoreboard::Stamps stamps_;
  scoreboard::Scoreboard scoreboard_;
  scoreboard::ThreadStamp main_stamp_{};  // of a main thread that serves nothing
  python::GilStamps main_stamps_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<channel::WorkerEnd> channel_;  // guarded by mutex_

  std::atomic<bool> leaving_{false};
  bool orphaned_ = false;
  uint64_t last_request_;  // its number; 0: there is none
};

}  // namespace monoceros::worker
