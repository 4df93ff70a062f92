// SPDX-License-Identifier: Apache-2.0
#include "master/worker.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/syscall.h"

namespace monoceros::master {
namespace {

int OpenPidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

Worker::Worker(base::EventLoop& loop, WorkerIdentity identity, base::Nanoseconds now)
    : Worker(loop, std::move(identity), now, base::MessageSocket::Pair()) {}

Worker::Worker(base::EventLoop& loop, WorkerIdentity identity, base::Nanoseconds now,
               std::pair<base::MessageSocket, base::MessageSocket> sockets)
    : identity_(std::move(identity)),
      control_(loop, std::move(sockets.first)),
      worker_control_(sockets.second.TakeFd()),
      stamps_memory_(scoreboard::Stamps::CreateMemory(identity_.profile.max_threads)),
      stamps_(stamps_memory_, identity_.profile.max_threads, /*fork_shared=*/true),
      ordered_at_(now),
      threads_(identity_.profile.threads),
      threads_asked_(identity_.profile.threads),
      capacity_(identity_.profile.capacity) {
  channel::NewChannel made = channel::Create(ShapeFor(identity_.profile));
  worker_fds_ = std::move(made.worker);
  router_fds_ = std::move(made.router);
  poker_ = std::make_unique<channel::Poker>(made.memory.get());
}

nlohmann::json Worker::ForkMessage() const {
  return {{"op", "fork"},
          {"row", identity_.row},
          {"incarnation", identity_.incarnation},
          {"threads", identity_.profile.threads},
          {"max_threads", identity_.profile.max_threads},
          {"worker_class", identity_.worker_class}};
}

std::vector<int> Worker::ForkDescriptors(int scoreboard) const {
  return {worker_control_.get(),
          worker_fds_->memory.get(),
          worker_fds_->router_bell.get(),
          worker_fds_->worker_bell.get(),
          worker_fds_->socket.get(),
          stamps_memory_.get(),
          scoreboard};
}

void Worker::ForkOrdered() {
  worker_control_.Close();
  stamps_memory_.Close();
  worker_fds_.reset();
}

bool Worker::Forked(pid_t pid, base::Nanoseconds now) {
  pid_ = pid;
  started_at_ = now;
  if (state_ == State::kOrdered) state_ = State::kBooting;
  const int fd = OpenPidfd(pid);
  if (fd < 0 && errno == ESRCH) return false;
  pidfd_ = base::Fd(base::Check(fd, "pidfd_open({})", pid));
  return true;
}

void Worker::ReadMessages(bool final) {
  while (auto message = final ? control_.NextNow() : control_.Next()) Handle(*message);
}

void Worker::Handle(const ControlMessage& message) {
  if (message.op == "ready" && state_ <= State::kBooting) {
    MoveTo(State::kReady, INT64_MAX);
    ready_at_ = base::MonotonicNow();
  } else if (message.op == "failed") {
    import_error_ = message.Text("error");
  } else if (message.op == "retire") {
    WantReplacement(message.Text("reason") == "signal" ? scoreboard::RestartReason::kSignal
                                                       : scoreboard::RestartReason::kMaxRequests);
  } else if (message.op == "threads") {
    const int64_t count = message.Number("count", 0);
    if (count == threads_asked_) threads_ = threads_asked_;
  }
}

void Worker::AskThreads(uint32_t count) {
  threads_asked_ = count;
  control_.Send({{"op", "threads"}, {"count", count}});
  Poke();
}

void Worker::SetEndReason(scoreboard::RestartReason why) {
  using scoreboard::RestartReason;
  const bool limit = why == RestartReason::kTimeout || why == RestartReason::kBootTimeout;
  if (limit || !end_reason_) end_reason_ = why;
}

void Worker::Attach() {
  channel::NewChannel made = channel::Create(ShapeFor(identity_.profile));
  control_.Send({{"op", "attach"}}, {made.worker.memory.get(), made.worker.router_bell.get(),
                                     made.worker.worker_bell.get(), made.worker.socket.get()});
  // Wakes every thread, those too that wait for credit of the dead router.
  poker_->Close();
  poker_ = std::make_unique<channel::Poker>(made.memory.get());
  router_fds_ = std::move(made.router);
}

void Worker::SendDrain() {
  control_.Send({{"op", "drain"}});
  Poke();
}

void Worker::SendStop() {
  control_.Send({{"op", "stop"}});
  Poke();
}

void Worker::Poke() { poker_->Poke(); }

void Worker::Signal(int number) const {
  if (pid_ <= 0) return;
  // The pid is ours until we reap it, which we have not done.
  ::kill(pid_, number);
}

bool Worker::Hangs(base::Nanoseconds now, base::Nanoseconds limit) const {
  if (state_ != State::kReady && state_ != State::kDraining) return false;
  std::vector<ThreadView> threads;
  for (uint32_t i = 0; i < stamps_.thread_count(); ++i) {
    const scoreboard::ThreadStamp& stamp = stamps_.thread(i);
    threads.push_back({stamp.busy_since.load(std::memory_order_relaxed),
                       stamp.gil_waiting_since.load(std::memory_order_relaxed)});
  }
  const auto acquired_at = stamps_.page().gil_acquired_at.load(std::memory_order_relaxed);
  return master::Hangs({identity_.profile.timeout_rule, acquired_at, threads}, now, limit);
}

void Worker::MoveTo(State state, base::Nanoseconds deadline) {
  state_ = state;
  deadline_ = deadline;
}

}  // namespace monoceros::master
