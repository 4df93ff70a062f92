// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event_loop.h"
#include "channel/channel.h"
#include "master/channel_plan.h"
#include "master/control_peer.h"
#include "scoreboard/layout.h"
#include "scoreboard/stamps.h"

namespace monoceros::master {

// Who a worker is; fixed for its life.
struct WorkerIdentity {
  uint32_t row = 0;          // worker slot of the scoreboard
  uint32_t incarnation = 0;  // never used again
  uint32_t generation = 0;   // of the application it runs
  bool trial = false;        // the first of a reload: its failure is the reload's alone
  std::string worker_class;
  WorkerProfile profile;
};

// One worker process as the master knows it: its state, its control socket, its stamps, and the
// channel's ends until they are handed on. It decides nothing; the pool does.
class Worker {
 public:
  enum class State {
    kOrdered,   // the template has the order, no pid yet
    kBooting,   // forked, importing
    kReady,     // takes requests
    kDraining,  // the router gives it no more
    kStopping,  // told to leave
    kHanging,   // `timeout` is over: its stacks are read before it is killed
    kDying,     // a signal that ends it was sent
  };

  // Makes channel, stamps and control socket. Throws base::SystemError. `loop` outlives it.
  Worker(base::EventLoop& loop, WorkerIdentity identity, base::Nanoseconds now);

  // The `fork` order and its descriptors in the documented order.
  nlohmann::json ForkMessage() const;
  std::vector<int> ForkDescriptors(int scoreboard) const;
  // The order is on its way: the worker's own ends are closed here.
  void ForkOrdered();
  // The template reported `pid`. False when no such process is left; it has exited and was reaped.
  bool Forked(pid_t pid, base::Nanoseconds now);

  // Reads what it said; `final` also when the loop reported nothing (it exited).
  void ReadMessages(bool final);

  // Announces a new channel to it, to be served beside (then instead of) the old one; the router's
  // ends are kept for TakeRouterFds. Throws base::SystemError.
  void Attach();
  // The router's ends of the newest channel, once; nothing when already taken.
  std::optional<channel::RouterFds> TakeRouterFds() { return std::exchange(router_fds_, {}); }
  bool has_router_fds() const { return router_fds_.has_value(); }
  // Tells it to end what does not end by itself.
  void SendDrain();
  // Tells it to leave after the exchanges that it runs.
  void SendStop();
  // Closes its control socket: a worker that is not reachable otherwise leaves then.
  void Abandon() { control_.Close(); }
  bool Flush() { return control_.Flush(); }
  // Orders it to run `count` threads, at most profile.max_threads; threads() says when it does.
  void AskThreads(uint32_t count);
  // What it runs, and what it was last asked to run.
  uint32_t threads() const { return threads_; }
  uint32_t threads_asked() const { return threads_asked_; }
  // What the router may give it at once.
  uint32_t capacity() const { return capacity_; }
  void SetCapacity(uint32_t capacity) { capacity_ = capacity; }
  // SIGABRT, SIGKILL. Nothing happens while the pid is unknown.
  void Signal(int number) const;

  // True when it hangs by its class's rule; only a ready or draining worker can.
  bool Hangs(base::Nanoseconds now, base::Nanoseconds limit) const;

  const WorkerIdentity& identity() const { return identity_; }
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  State state() const { return state_; }
  bool leaving() const { return state_ >= State::kDraining; }
  bool wants_replacement() const { return wanted_because_.has_value(); }
  // It serves until its replacement is ready. `withdrawn`: after all it need not be replaced.
  void WantReplacement(scoreboard::RestartReason why) { wanted_because_ = why; }
  void WithdrawReplacement() { wanted_because_.reset(); }
  // Why it ends, once that is known; the first reason stays, but a time limit's is stronger.
  const std::optional<scoreboard::RestartReason>& end_reason() const { return end_reason_; }
  void SetEndReason(scoreboard::RestartReason why);
  const std::optional<scoreboard::RestartReason>& replacement_reason() const {
    return wanted_because_;
  }
  // The application's import error, once it reported one.
  const std::optional<std::string>& import_error() const { return import_error_; }
  base::Nanoseconds ordered_at() const { return ordered_at_; }
  base::Nanoseconds started_at() const { return started_at_; }
  base::Nanoseconds ready_at() const { return ready_at_; }

  // Set by the pool: the next state, and when the pool must act if it is still there.
  void MoveTo(State state, base::Nanoseconds deadline);
  base::Nanoseconds deadline() const { return deadline_; }
  // The kill is the master's doing (time limit, protocol breach), so its exit is no crash. `why`
  // is not empty.
  void BlameMaster(std::string why) { ended_because_ = std::move(why); }
  bool ended_by_master() const { return !ended_because_.empty(); }
  const std::string& ended_because() const { return ended_because_; }

 private:
  Worker(base::EventLoop& loop, WorkerIdentity identity, base::Nanoseconds now,
         std::pair<base::MessageSocket, base::MessageSocket> sockets);
  void Handle(const ControlMessage& message);
  void Poke();

  WorkerIdentity identity_;
  State state_ = State::kOrdered;
  base::Nanoseconds deadline_ = INT64_MAX;
  pid_t pid_ = -1;
  base::Fd pidfd_;
  ControlPeer control_;
  base::Fd worker_control_;                       // until ForkOrdered
  base::Fd stamps_memory_;                        // until ForkOrdered
  std::optional<channel::WorkerFds> worker_fds_;  // until ForkOrdered
  std::optional<channel::RouterFds> router_fds_;
  scoreboard::Stamps stamps_;
  std::unique_ptr<channel::Poker> poker_;
  base::Nanoseconds ordered_at_;
  base::Nanoseconds started_at_ = 0;
  base::Nanoseconds ready_at_ = 0;
  uint32_t threads_;
  uint32_t threads_asked_;
  uint32_t capacity_;
  std::optional<scoreboard::RestartReason> wanted_because_;
  std::optional<scoreboard::RestartReason> end_reason_;
  std::string ended_because_;
  std::optional<std::string> import_error_;
};

}  // namespace monoceros::master
