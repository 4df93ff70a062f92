// SPDX-License-Identifier: Apache-2.0
#include "master/worker_pool.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/syscall.h"

namespace monoceros::master {
namespace {

using State = Worker::State;

// Time for a worker that was told to leave to run its exit handlers.
constexpr base::Nanoseconds kStopTime = 2 * base::kNanosecondsPerSecond;

}  // namespace

WorkerPool::WorkerPool(const MasterContext& context, RouterProcess& router,
                       scoreboard::Scoreboard& scoreboard, const base::Fd& scoreboard_memory)
    : context_(context),
      router_(router),
      scoreboard_(scoreboard),
      scoreboard_memory_(scoreboard_memory),
      oom_("/proc/self/cgroup", "/sys/fs/cgroup") {}

void WorkerPool::ReadMessages(base::Nanoseconds now) {
  congested_ = false;
  for (const auto& worker : workers_) {
    worker->ReadMessages(/*final=*/false);
    congested_ |= !worker->Flush();
    ever_ready_ |= worker->ready_at() != 0;
  }
  for (const uint32_t incarnation : router_.TakeDrainedWorkers()) {
    Worker* worker = Find(incarnation);
    if (worker != nullptr && worker->state() == State::kDraining) {
      Stop(*worker, std::max(worker->deadline(), now + kStopTime));
    }
  }
  for (const RouterProcess::Broken& broken : router_.TakeBrokenWorkers()) {
    Worker* worker = Find(broken.incarnation);
    if (worker == nullptr) continue;
    context_.log.Error("Worker (pid:{}) broke the channel protocol ({}); killing it", worker->pid(),
                       broken.reason);
    worker->BlameMaster("it broke the channel protocol");
    worker->SetEndReason(Reason::kCrash);
    Kill(*worker, SIGKILL, INT64_MAX);
  }
}

Worker* WorkerPool::Find(uint32_t incarnation) const {
  const auto found = std::ranges::find_if(
      workers_, [&](const auto& w) { return w->identity().incarnation == incarnation; });
  return found == workers_.end() ? nullptr : found->get();
}

uint32_t WorkerPool::rows() const { return scoreboard_.worker_rows(); }

std::optional<uint32_t> WorkerPool::FreeRow() const {
  for (uint32_t row = 0; row < rows(); ++row) {
    const auto uses = [row](const auto& w) { return w->identity().row == row; };
    if (std::ranges::none_of(workers_, uses)) return row;
  }
  return {};
}

void WorkerPool::Start(TemplateKeeper& source, const config::Settings& settings, bool trial,
                       base::Nanoseconds now) {
  const auto row = FreeRow();
  if (!row) {
    if (!std::exchange(row_shortage_reported_, true)) {
      context_.log.Error("No more than {} workers fit; restart with more workers to raise this",
                         rows());
    }
    return;
  }
  backoff_.Attempted();
  auto worker = std::make_unique<Worker>(
      context_.loop,
      WorkerIdentity{*row, ++last_incarnation_, source.generation(), trial, settings.worker_class,
                     ProfileOf(settings, scoreboard_.threads_per_worker())},
      now);
  nlohmann::json order = worker->ForkMessage();
  order["max_requests"] = settings.max_requests;
  order["max_requests_jitter"] = settings.max_requests_jitter;
  source.OrderFork(last_incarnation_, order, worker->ForkDescriptors(scoreboard_memory_.get()),
                   now);
  worker->ForkOrdered();
  const bool limited = settings.boot_timeout > 0;
  worker->MoveTo(State::kOrdered,
                 limited ? now + base::FromSeconds(settings.boot_timeout) : INT64_MAX);
  workers_.push_back(std::move(worker));
}

void WorkerPool::StartTrial(TemplateKeeper& source, const config::Settings& settings,
                            base::Nanoseconds now) {
  try {
    Start(source, settings, /*trial=*/true, now);
  } catch (const base::SystemError& error) {
    boot_failures_.push_back({source.generation(), error.what(), false});
  }
}

void WorkerPool::EndTrials(uint32_t generation, base::Nanoseconds now) {
  for (const auto& worker : workers_) {
    if (worker->identity().generation <= generation || worker->leaving()) continue;
    // It never served anybody, so it need not be drained.
    worker->Abandon();
    Kill(*worker, SIGKILL, now + kStopTime);
  }
}

void WorkerPool::ServeRouter(base::Nanoseconds now) {
  if (!router_.alive()) return;
  const bool new_router = std::exchange(router_epoch_, router_.epoch()) != router_.epoch();
  for (const auto& worker : workers_) {
    if (new_router && worker->state() == State::kDraining) {
      Stop(*worker, now + kStopTime);  // what it still ran has lost its clients with the router
    }
    if (worker->leaving()) continue;
    if (new_router && !worker->has_router_fds()) worker->Attach();
    const bool serves = worker->state() == State::kReady && worker->pid() > 0;
    if (serves && worker->has_router_fds()) router_.AddWorker(*worker);
  }
}

void WorkerPool::Retire(Worker& worker, Reason why, base::Nanoseconds graceful,
                        base::Nanoseconds now) {
  const bool known_to_router =
      router_.alive() && worker.state() == State::kReady && !worker.has_router_fds();
  worker.SetEndReason(why);
  // Who never served has nothing to finish.
  const base::Nanoseconds given =
      worker.ready_at() != 0 ? std::max(graceful, kStopTime) : kStopTime;
  if (!known_to_router) return Stop(worker, now + given);
  router_.DrainWorker(worker.identity().incarnation);
  worker.SendDrain();
  worker.MoveTo(State::kDraining, now + graceful);
}

void WorkerPool::DrainAll() {
  for (const auto& worker : workers_) {
    if (!worker->leaving()) worker->SendDrain();
  }
}

void WorkerPool::Stop(Worker& worker, base::Nanoseconds deadline) {
  worker.SendStop();
  worker.MoveTo(State::kStopping, deadline);
}

void WorkerPool::StopAll(base::Nanoseconds deadline, base::Nanoseconds now) {
  const base::Nanoseconds soon = std::min(deadline, now + kStopTime);
  for (const auto& worker : workers_) {
    const base::Nanoseconds own = worker->ready_at() != 0 ? deadline : soon;
    if (worker->state() < State::kStopping) Stop(*worker, own);
    if (worker->deadline() > own) worker->MoveTo(worker->state(), own);
  }
}

bool WorkerPool::HasReady(uint32_t generation) const {
  return std::ranges::any_of(workers_, [&](const auto& w) {
    return w->identity().generation == generation && w->state() == State::kReady;
  });
}

base::Nanoseconds WorkerPool::NextDeadline(base::Nanoseconds now,
                                           base::Nanoseconds otherwise) const {
  for (const auto& worker : workers_) otherwise = std::min(otherwise, worker->deadline());
  return backoff_.not_before() > now ? std::min(otherwise, backoff_.not_before()) : otherwise;
}

}  // namespace monoceros::master
