// SPDX-License-Identifier: Apache-2.0
// The end of workers: time limits, kills, exits.
#include <algorithm>
#include <csignal>
#include <span>
#include <utility>

#include "master/scoreboard_writer.h"
#include "master/worker_pool.h"
#include "scoreboard/thread_rows.h"

namespace monoceros::master {
namespace {

using State = Worker::State;

// Between SIGABRT, upon which a worker may still write its stacks, and SIGKILL.
constexpr base::Nanoseconds kAbortTime = base::kNanosecondsPerSecond;
// What reading the stacks of a worker that hangs may take.
constexpr base::Nanoseconds kStacksTime = 2 * base::kNanosecondsPerSecond;
// A worker that lived this long after it was ready did not fail to start.
constexpr base::Nanoseconds kStableTime = base::kNanosecondsPerSecond;

void Count(std::atomic<uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

void WorkerPool::Withdraw(const Worker& worker) {
  if (router_.alive() && !worker.has_router_fds() && worker.state() < State::kDraining) {
    router_.DrainWorker(worker.identity().incarnation);
  }
}

void WorkerPool::Kill(Worker& worker, int signal, base::Nanoseconds deadline) {
  Withdraw(worker);
  worker.Signal(signal);
  worker.MoveTo(State::kDying, signal == SIGKILL && worker.pid() > 0 ? INT64_MAX : deadline);
}

void WorkerPool::KillAll() {
  std::erase_if(workers_, [](const auto& worker) { return worker->pid() <= 0; });
  for (const auto& worker : workers_) {
    worker->Abandon();
    Kill(*worker, SIGKILL, INT64_MAX);
  }
}

void WorkerPool::JudgeTimeouts(const config::Settings& settings, base::Nanoseconds now) {
  const base::Nanoseconds limit = base::FromSeconds(settings.timeout);
  for (const auto& worker : workers_) {
    if (!worker->Hangs(now, limit)) continue;
    context_.log.Critical("WORKER TIMEOUT (pid:{})", worker->pid());
    worker->BlameMaster("timeout");
    worker->SetEndReason(Reason::kTimeout);
    Withdraw(*worker);
    worker->MoveTo(State::kHanging, now + kStacksTime);
    const WorkerIdentity& identity = worker->identity();
    hanging_.push_back({identity.incarnation, identity.row, worker->pid()});
  }
}

void WorkerPool::Abort(uint32_t incarnation, base::Nanoseconds now) {
  Worker* worker = Find(incarnation);
  if (worker != nullptr && worker->state() == State::kHanging) {
    Kill(*worker, SIGABRT, now + kAbortTime);
  }
}

size_t WorkerPool::CountLingering() const {
  return static_cast<size_t>(std::ranges::count_if(workers_, [](const auto& worker) {
    return worker->leaving() && worker->end_reason() == Reason::kRequestTimeout;
  }));
}

void WorkerPool::EndLingering(size_t most) {
  std::vector<Worker*> forsaken;
  for (const auto& worker : workers_) {
    const bool lingers =
        worker->state() == State::kStopping && worker->end_reason() == Reason::kRequestTimeout;
    if (lingers) forsaken.push_back(worker.get());
  }
  if (forsaken.size() <= most) return;
  std::ranges::sort(forsaken, {}, [](const Worker* w) { return w->identity().incarnation; });
  for (Worker* worker : std::span(forsaken).first(forsaken.size() - most)) {
    context_.log.Warning(
        "Worker (pid:{}) still runs what passed request_timeout, as do {} others; killing it",
        worker->pid(), forsaken.size() - 1);
    Kill(*worker, SIGKILL, INT64_MAX);
  }
}

void WorkerPool::EnforceDeadlines(const config::Settings& settings, base::Nanoseconds now) {
  for (const auto& worker : workers_) {
    if (worker->state() == State::kReady || worker->deadline() > now) continue;
    EnforceDeadline(*worker, settings, now);
  }
}

void WorkerPool::EnforceDeadline(Worker& worker, const config::Settings& settings,
                                 base::Nanoseconds now) {
  switch (worker.state()) {
    case State::kOrdered:
    case State::kBooting:
      context_.log.Critical("Worker (pid:{}) was not ready within boot_timeout ({} s); killing it",
                            worker.pid(), settings.boot_timeout);
      worker.SetEndReason(Reason::kBootTimeout);
      worker.BlameMaster("it was not ready within boot_timeout");
      break;
    case State::kDraining:
    case State::kStopping:
      context_.log.Warning("Worker (pid:{}) did not leave in time (graceful_timeout); killing it",
                           worker.pid());
      break;
    case State::kHanging:
      return Kill(worker, SIGABRT, now + kAbortTime);
    case State::kDying:
    case State::kReady:
      break;
  }
  Kill(worker, SIGKILL, now + kAbortTime);
}

void WorkerPool::OnForkReport(const ForkReport& report, base::Nanoseconds now) {
  const auto position = std::ranges::find_if(
      workers_, [&](const auto& w) { return w->identity().incarnation == report.incarnation; });
  if (position == workers_.end()) return;
  Worker& worker = **position;
  if (report.pid <= 0) {
    if (!worker.leaving() && !report.withdrawn) {
      context_.log.Error("No worker could be forked: {}", report.error);
      ReportBootFailure(worker, "no worker could be forked: " + report.error);
      if (!worker.identity().trial) backoff_.Failed(now);
    }
    workers_.erase(position);
    return;
  }
  const bool lives = worker.Forked(report.pid, now);
  context_.log.Info("Booting worker with pid: {}", report.pid);
  if (!lives) {
    const auto early = early_exits_.find(report.pid);
    Remove(position, early != early_exits_.end() ? early->second : 0, now);
  } else if (worker.state() == State::kDying) {
    worker.Signal(SIGKILL);
  }
  ForgetEarlyExits();
}

bool WorkerPool::OnExit(pid_t pid, int wait_status, base::Nanoseconds now) {
  const auto position =
      std::ranges::find_if(workers_, [&](const auto& w) { return w->pid() == pid; });
  if (position != workers_.end()) {
    Remove(position, wait_status, now);
    return true;
  }
  early_exits_[pid] = wait_status;
  ForgetEarlyExits();
  return false;
}

void WorkerPool::ForgetEarlyExits() {
  const bool under_way = std::ranges::any_of(workers_, [](const auto& w) { return w->pid() <= 0; });
  if (!under_way) early_exits_.clear();
}

void WorkerPool::Remove(Workers::iterator position, int wait_status, base::Nanoseconds now) {
  const std::unique_ptr<Worker> worker = std::move(*position);
  workers_.erase(position);
  worker->ReadMessages(/*final=*/true);
  ever_ready_ |= worker->ready_at() != 0;
  scoreboard::EndThreads(scoreboard_, worker->identity().row, now);
  const bool told_to_leave = worker->leaving() && !worker->ended_by_master();
  const bool crashed = !told_to_leave && !worker->ended_by_master() && !worker->import_error();
  const bool out_of_memory = crashed && oom_.Grew() && KilledBy(wait_status, SIGKILL);
  CountEnd(*worker, crashed, out_of_memory);
  if (crashed) {
    ReportCrash(*worker, wait_status, out_of_memory);
  } else if (told_to_leave || worker->ended_by_master()) {
    context_.log.Info("Worker exiting (pid: {}): it {}", worker->pid(), DescribeExit(wait_status));
  }
  if (told_to_leave) return;
  const bool was_ready = worker->ready_at() != 0;
  if (!was_ready) {
    ReportBootFailure(*worker, worker->ended_by_master()
                                   ? worker->ended_because()
                                   : "its first worker " + DescribeExit(wait_status));
  }
  if (worker->identity().trial && !was_ready) return;
  if (was_ready && now - worker->ready_at() >= kStableTime) backoff_.Succeeded();
  backoff_.Failed(now);
}

void WorkerPool::CountEnd(const Worker& worker, bool crashed, bool out_of_memory) {
  Count(scoreboard_.worker(worker.identity().row).restarts);
  std::optional<Reason> why = worker.end_reason();
  if (crashed) why = out_of_memory ? Reason::kOutOfMemory : Reason::kCrash;
  // The rest ends with the server, or never served.
  if (why) Count(scoreboard_.header().restarts[static_cast<uint32_t>(*why)]);
}

void WorkerPool::ReportCrash(const Worker& worker, int wait_status, bool out_of_memory) {
  context_.log.Error("Worker (pid:{}) {}{}", worker.pid(), DescribeExit(wait_status),
                     out_of_memory ? ": the memory limit of the cgroup was reached"
                     : KilledBy(wait_status, SIGKILL) ? "; not by this server. Out of memory?"
                                                      : "");
}

void WorkerPool::ReportBootFailure(const Worker& worker, const std::string& how) {
  const bool import = worker.import_error().has_value();
  boot_failures_.push_back(
      {worker.identity().generation, import ? *worker.import_error() : how, import});
}

void WorkerPool::Publish() const {
  for (uint32_t row = 0; row < rows(); ++row) {
    const auto uses = [row](const auto& w) { return w->identity().row == row; };
    const auto found = std::ranges::find_if(workers_, uses);
    scoreboard::WorkerRow& entry = scoreboard_.worker(row);
    if (found != workers_.end()) {
      PublishWorker(**found, entry);
    } else if (entry.pid.load(std::memory_order_relaxed) != 0) {
      entry.state.store(static_cast<uint32_t>(scoreboard::WorkerState::kExited),
                        std::memory_order_relaxed);
      entry.rss_bytes.store(0, std::memory_order_relaxed);
      entry.pss_bytes.store(0, std::memory_order_relaxed);
    }
  }
}

}  // namespace monoceros::master
