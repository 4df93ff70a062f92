// SPDX-License-Identifier: Apache-2.0
#include "router/router.h"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log_sinks.h"
#include "base/syscall.h"
#include "router/dispatch/dispatcher.h"
#include "router/health/health_server.h"
#include "router/master_link.h"
#include "router/measure/backlog.h"
#include "router/net/connection_table.h"
#include "router/net/context.h"
#include "router/net/listener.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::router {
namespace {

constexpr base::Nanoseconds kBeat = base::kNanosecondsPerSecond / 2;
constexpr size_t kLogRingBytes = 4 << 20;

DispatcherSettings MakeDispatcherSettings(const config::Settings& settings) {
  return {.queue_limit = static_cast<size_t>(settings.queue_limit),
          .queue_timeout = base::FromSeconds(settings.queue_timeout)};
}

scoreboard::Scoreboard OpenScoreboard(const base::Fd& memory) {
  auto board = scoreboard::Scoreboard::Open(memory, true);
  if (!board) throw std::runtime_error(board.error().message);
  return std::move(*board);
}

// A log of the settings, written by a thread of its own; null when its file cannot be opened (the
// master has checked it and said so).
std::unique_ptr<base::ThreadSink> OpenSink(const std::string& target, int standard_fd) {
  auto file = base::OpenLog(target, standard_fd);
  if (!file) return nullptr;
  return std::make_unique<base::ThreadSink>(std::move(*file), kLogRingBytes);
}

class NullSink final : public base::LogSink {
 public:
  void Write(std::string_view) override {}
};

// The router's two logs and their threads.
class Logs {
 public:
  explicit Logs(const config::Settings& settings)
      : error_sink_(OpenSink(settings.errorlog, STDERR_FILENO)),
        error_log_(error_sink_ ? static_cast<base::LogSink&>(*error_sink_) : null_sink_,
                   base::ParseLogLevel(settings.loglevel).value_or(base::LogLevel::kInfo),
                   settings.log_json, "router") {
    if (settings.accesslog.empty()) return;
    access_sink_ = OpenSink(settings.accesslog, STDOUT_FILENO);
    if (!access_sink_) return;
    auto log = AccessLog::Create(settings.access_log_format, settings.log_json, *access_sink_);
    if (log) access_log_ = std::move(*log);
  }

  base::Logger& error_log() { return error_log_; }
  AccessLog* access_log() { return access_log_.get(); }
  uint64_t dropped() const {
    return (error_sink_ ? error_sink_->dropped() : 0) +
           (access_sink_ ? access_sink_->dropped() : 0);
  }

 private:
  NullSink null_sink_;
  std::unique_ptr<base::ThreadSink> error_sink_;
  std::unique_ptr<base::ThreadSink> access_sink_;
  base::Logger error_log_;
  std::unique_ptr<AccessLog> access_log_;
};

// Composes the router's parts and turns its loop.
class Router final : public MasterOrders, public DispatcherEvents {
 public:
  explicit Router(RouterStart start)
      : scoreboard_(OpenScoreboard(start.scoreboard)),
        logs_(start.settings),
        dispatcher_(loop_, *this, MakeDispatcherSettings(start.settings)),
        context_(MakeContext(start.settings)),
        connections_(context_),
        master_(loop_, std::move(start.master), *this) {
    for (base::Fd& socket : start.listeners) {
      listeners_.push_back(std::make_unique<Listener>(context_, connections_, std::move(socket)));
    }
    if (start.health_listener) {
      health_ = std::make_unique<HealthServer>(context_, std::move(start.health_listener));
    }
    master_.SayReady();
  }

  int Run() {
    while (!finished_) Turn();
    return 0;
  }

  void AddWorker(WorkerDescription description, channel::RouterFds fds, base::Fd pidfd) override {
    auto channel = channel::RouterEnd::Attach(std::move(fds));
    if (!channel) {
      return master_.SayWorkerBroken(description.incarnation, channel.error().message);
    }
    dispatcher_.AddWorker(std::move(description), std::move(*channel), std::move(pidfd));
  }
  void DrainWorker(uint64_t incarnation) override { dispatcher_.DrainWorker(incarnation); }
  void SetCapacity(uint64_t incarnation, uint32_t capacity) override {
    dispatcher_.SetCapacity(incarnation, capacity);
  }
  void ApplySettings(const config::Settings& settings) override {
    context_.settings = MakeConnectionSettings(settings);
    context_.timeouts.Configure(context_.settings);
    context_.budgets.memory.SetLimit(settings.router_memory);
    context_.budgets.spool.SetLimit(settings.spool_limit);
    dispatcher_.Configure(MakeDispatcherSettings(settings));
  }
  void Stop(double graceful) override {
    for (auto& listener : listeners_) listener->AcceptRest();
    context_.draining = true;
    stop_at_ = context_.now + base::FromSeconds(graceful);
    connections_.DrainAll();
  }
  void MasterLost() override { finished_ = true; }
  void OnWorkerDrained(uint64_t incarnation) override { master_.SayWorkerDrained(incarnation); }
  void OnWorkerBroken(uint64_t incarnation, const std::string& reason) override {
    master_.SayWorkerBroken(incarnation, reason);
  }

 private:
  Context MakeContext(const config::Settings& settings) {
    const ConnectionSettings made = MakeConnectionSettings(settings);
    return {.loop = loop_,
            .log = logs_.error_log(),
            .dispatcher = dispatcher_,
            .access_log = logs_.access_log(),
            .scoreboard = scoreboard_,
            .row = scoreboard_.router(),
            .settings = made,
            .budgets = {Budget(settings.router_memory), Budget(settings.spool_limit)},
            .timeouts = ConnectionTimeouts(made),
            .now = base::MonotonicNow()};
  }

  void Turn() {
    const bool may_sleep = dispatcher_.PrepareToSleep();
    loop_.Wait(may_sleep ? TimeToSleep() : 0);
    dispatcher_.WokeUp();
    context_.now = base::MonotonicNow();
    loop_.Dispatch();
    dispatcher_.Turn(context_.now);
    context_.timeouts.FireExpired(context_.now);
    connections_.EndTurn();
    TurnHealth();
    if (context_.now >= next_beat_) Beat();
    if (context_.draining && !drained_) CheckDrained();
  }

  void TurnHealth() {
    if (!health_) return;
    health_->FireExpired(context_.now);
    health_->EndTurn();
  }

  base::Nanoseconds TimeToSleep() {
    const base::Nanoseconds now = base::MonotonicNow();
    base::Nanoseconds deadline = dispatcher_.NextDeadline(next_beat_);
    deadline = context_.timeouts.NextDeadline(deadline);
    if (health_) deadline = health_->NextDeadline(deadline);
    return std::max<base::Nanoseconds>(0, deadline - now);
  }

  void Beat() {
    next_beat_ = context_.now + kBeat;
    for (auto& listener : listeners_) listener->Resume();
    if (health_) health_->Resume();
    if (context_.now >= next_look_) LookAround();
    scoreboard::RouterRow& row = scoreboard_.router();
    row.beat_at.store(context_.now, std::memory_order_relaxed);
    row.queued.store(static_cast<uint32_t>(dispatcher_.queued()), std::memory_order_relaxed);
    row.in_flight.store(static_cast<uint32_t>(dispatcher_.in_flight()), std::memory_order_relaxed);
    row.streams.store(static_cast<uint32_t>(dispatcher_.streams()), std::memory_order_relaxed);
    row.buffer_bytes.store(context_.budgets.memory.used(), std::memory_order_relaxed);
    row.spool_bytes.store(context_.budgets.spool.used(), std::memory_order_relaxed);
    row.log_lines_dropped.store(logs_.dropped(), std::memory_order_relaxed);
    row.mean_service_nanoseconds.store(static_cast<uint64_t>(dispatcher_.mean_service()),
                                       std::memory_order_relaxed);
  }

  // What costs system calls: once a second.
  void LookAround() {
    next_look_ = context_.now + base::kNanosecondsPerSecond;
    dispatcher_.Trim();
    connections_.RetireOld();
    std::vector<int> sockets;
    sockets.reserve(listeners_.size());
    for (auto& listener : listeners_) sockets.push_back(listener->fd());
    backlog_.Sample(sockets, scoreboard_.router());
  }

  void CheckDrained() {
    if (context_.now >= stop_at_) connections_.CloseAll();
    connections_.EndTurn();
    if (connections_.size() > 0) return;
    master_.SayDrained();
    drained_ = true;  // probes are answered until the master lets go
  }

  base::EventLoop loop_;
  scoreboard::Scoreboard scoreboard_;
  Logs logs_;
  Dispatcher dispatcher_;
  Context context_;
  ConnectionTable connections_;
  MasterLink master_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<HealthServer> health_;  // null: none is asked for
  BacklogWatch backlog_;
  base::Nanoseconds next_beat_ = 0;
  base::Nanoseconds next_look_ = 0;
  base::Nanoseconds stop_at_ = 0;
  bool drained_ = false;
  bool finished_ = false;
};

}  // namespace

int RunRouter(RouterStart start) {
  ::signal(SIGPIPE, SIG_IGN);  // sendfile to a client that left; send has MSG_NOSIGNAL
  // Large buffers go straight back to the kernel when they are freed, so that the memory in use is
  // what the budget says.
  ::mallopt(M_MMAP_THRESHOLD, 64 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  return Router(std::move(start)).Run();
}

}  // namespace monoceros::router
