// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "config/settings.h"
#include "master/backoff.h"
#include "master/beat_judge.h"
#include "master/control_peer.h"
#include "master/listeners.h"
#include "master/template_keeper.h"
#include "master/worker.h"

namespace monoceros::master {

// Keeps one router alive until it is stopped; after a death a new one starts, with growing pauses.
// Every start is a new epoch: what the old router was told is forgotten.
class RouterProcess {
 public:
  // What the router said of workers, by incarnation.
  struct Broken {
    uint32_t incarnation;
    std::string reason;
  };
  // An exchange, as the router tells of it.
  struct Exchange {
    uint32_t incarnation = 0;  // of its worker
    uint64_t id = 0;
    std::string request;        // "METHOD /path"
    base::Nanoseconds age = 0;  // since it was taken, or assigned if it is not
    bool taken = false;
  };
  // What a worker's channel holds; the first of them.
  struct ExchangeList {
    uint32_t incarnation = 0;
    std::vector<Exchange> exchanges;
  };
  // What became of exchanges that passed request_timeout.
  struct TimedOut {
    std::vector<Exchange> over;                        // they passed it, and run for nobody
    std::vector<std::pair<uint32_t, uint64_t>> ended;  // incarnation and id: they run no more
  };

  // Everything outlives the object; the listeners stay open in the master, so that clients wait
  // while no router lives.
  // `health` may be absent.
  RouterProcess(const MasterContext& context, Listeners& listeners, std::optional<Listener>& health,
                const base::Fd& scoreboard);

  // Follows the process; call in every turn.
  void ReadMessages(base::Nanoseconds now);
  // Starts the process when there is none; call in every turn. Throws base::SystemError when no
  // process can be made.
  void Keep(const config::Settings& settings, base::Nanoseconds now);
  // Kills a router that has not turned for long, by what it writes: `beat_at` of its row. Call at
  // least once a second.
  void JudgeBeat(base::Nanoseconds beat_at, base::Nanoseconds now);
  // True when `pid` was the router's.
  bool OnExit(pid_t pid, int wait_status, base::Nanoseconds now);

  // Gives it a ready worker, whose router's ends of the channel it takes.
  void AddWorker(Worker& worker);
  void DrainWorker(uint32_t incarnation);
  // What the worker may be given at once from now on.
  void SetCapacity(uint32_t incarnation, uint32_t capacity);
  void UpdateSettings(const config::Settings& settings);
  // Orders it to finish within `graceful` seconds; it is not started again.
  void Stop(double graceful);
  // Closes its socket, upon which it leaves at once.
  void Abandon(base::Nanoseconds now);

  bool alive() const { return peer_ != nullptr; }
  pid_t pid() const { return pid_; }
  uint32_t epoch() const { return epoch_; }
  // It died before it ever listened.
  bool failed_to_start() const { return failed_to_start_; }
  // After Stop: no connection is left, or no router.
  bool drained() const { return drained_; }
  bool congested() const { return congested_; }
  std::vector<uint32_t> TakeDrainedWorkers() { return std::exchange(drained_workers_, {}); }
  // Asks what a worker's channel holds; the answer comes by TakeExchangeLists, unless the router
  // dies.
  void ListExchanges(uint32_t incarnation);
  std::vector<ExchangeList> TakeExchangeLists() { return std::exchange(lists_, {}); }
  TimedOut TakeTimedOut() { return std::exchange(timed_out_, {}); }
  std::vector<Broken> TakeBrokenWorkers() { return std::exchange(broken_workers_, {}); }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  void Start(const config::Settings& settings);
  void JudgeGone(base::Nanoseconds now);
  void Handle(const ControlMessage& message, base::Nanoseconds now);

  MasterContext context_;
  Listeners& listeners_;
  std::optional<Listener>& health_;
  const base::Fd& scoreboard_;
  BeatJudge beat_;
  std::unique_ptr<ControlPeer> peer_;
  pid_t pid_ = -1;
  uint32_t epoch_ = 0;
  // Without a router nobody is served, and a router starts in a millisecond: pauses are short.
  Backoff backoff_{base::kNanosecondsPerSecond / 10, 2 * base::kNanosecondsPerSecond};
  base::Nanoseconds ready_at_ = 0;
  base::Nanoseconds gone_at_ = 0;  // its socket closed, its exit is awaited; 0: no
  bool was_ready_ = false;
  bool failed_to_start_ = false;
  bool stopping_ = false;
  bool drained_ = false;
  bool congested_ = false;
  std::vector<uint32_t> drained_workers_;
  std::vector<Broken> broken_workers_;
  std::vector<ExchangeList> lists_;
  TimedOut timed_out_;
};

}  // namespace monoceros::master
