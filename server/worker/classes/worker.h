// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/fork_canary.h"
#include "base/log.h"
#include "channel/worker_end.h"
#include "scoreboard/scoreboard.h"
#include "scoreboard/stamps.h"
#include "stacks/table.h"
#include "worker/classes/accounting.h"
#include "worker/classes/control_link.h"
#include "worker/gil_meter/account.h"
#include "worker/python/gil.h"
#include "worker/template/orders.h"
#include "worker/wsgi/handler.h"

namespace monoceros::worker {

struct Class;

// What the threads of one worker process share. The main thread reads the control socket; all
// others only ask.
class Worker {
 public:
  // Takes `order`, of class `kind`, over. Throws base::SystemError, or std::runtime_error when what
  // the master sent does not fit together. Needs the GIL. `logger` outlives the worker.
  Worker(const Class& kind, const StartOrder& start, ForkOrder order, base::Logger& logger);

  // What the worker's threads are to measure. Before they begin.
  void Account(const Accounting& accounting);

  // The channel served now; exchanges of an older one keep that one alive.
  std::shared_ptr<channel::WorkerEnd> channel() const;
  // Blocks until channel() is another than `old` or thread `index` leaves. Call without the GIL.
  void AwaitOtherChannel(const channel::WorkerEnd* old, uint32_t index);

  // Main thread: does what the master and the signals ask. Never blocks.
  void FollowMaster();
  // Main thread: FollowMaster as soon as the master asks for something or a thread has ended, or
  // after `milliseconds`; memory that nothing used so long is given back then. Needs the GIL and
  // gives it up meanwhile.
  void AwaitMaster(int milliseconds);
  // Main thread: gives memory that responses no longer use back to the system. For idle moments.
  // Needs the GIL and gives it up meanwhile.
  void Trim();
  // All threads leave after the exchange that they run.
  void Leave();
  bool leaving() const { return leaving_.load(std::memory_order_relaxed); }
  bool orphaned() const { return orphaned_; }
  // Main thread: the worker is to end what does not end by itself, as WebSockets; it is or will
  // soon be leaving.
  bool draining() const { return draining_ || leaving(); }

  // How many threads the master wants to serve: those numbered below. It changes while a gthread
  // worker runs, and never exceeds what stamps, channel and scoreboard have room for.
  uint32_t threads() const { return threads_.load(std::memory_order_relaxed); }
  // Thread `index` is to leave after the exchange that it runs.
  bool leaving(uint32_t index) const { return leaving() || index >= threads(); }
  // Thread `index` serves no more; the main thread hears of it.
  void ThreadEnded(uint32_t index);
  // Main thread: those that ended since the last call.
  std::vector<uint32_t> TakeEndedThreads();
  // Main thread: `count` threads serve now. Tells the master when it has asked for a change. Other
  // than threads(): it is not possible, and the master is not obeyed.
  void ThreadsServe(uint32_t count);

  // An exchange ended; asks for replacement when it was the last of max_requests.
  void CountRequest();

  base::Logger& logger() { return logger_; }
  ControlLink& control() { return control_; }
  const base::ForkCanary& canary() const { return canary_; }
  scoreboard::WorkerRow& worker_row() { return scoreboard_.worker(row_); }
  scoreboard::ThreadRow& row(uint32_t thread) const { return scoreboard_.thread(row_, thread); }
  scoreboard::ThreadStamp& stamp(uint32_t thread) { return stamps_.thread(thread); }
  python::GilStamps gil_stamps(uint32_t thread);
  const Accounting& accounting() const { return accounting_; }

  wsgi::Application application;

 private:
  void TellWhereStacksAre();
  void Attach(channel::WorkerFds fds);
  void WantThreads(uint32_t count);
  void PokeFrom(uint32_t thread);
  void FollowSignals();

  const uint32_t row_;
  const bool resizable_;
  const bool loop_;  // no thread waits on the channel: a loop does
  std::atomic<uint32_t> threads_;
  bool threads_asked_ = false;  // the master waits for an answer
  base::Logger& logger_;
  ControlLink control_;
  base::ForkCanary canary_;
  scoreboard::Stamps stamps_;
  scoreboard::Scoreboard scoreboard_;
  MonocerosStackTable stack_table_{};
  scoreboard::ThreadStamp main_stamp_{};  // of a main thread that serves nothing
  python::GilStamps main_stamps_;
  Accounting accounting_;
  std::optional<gil_meter::TellProcess> tell_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<channel::WorkerEnd> channel_;  // guarded by mutex_
  std::vector<uint32_t> ended_threads_;          // guarded by mutex_
  const base::Fd thread_ended_;                  // eventfd that wakes the main thread
  const uint32_t max_threads_;

  std::atomic<bool> leaving_{false};
  bool orphaned_ = false;
  bool draining_ = false;
  uint64_t last_request_;  // its number; 0: there is none
};

}  // namespace monoceros::worker
