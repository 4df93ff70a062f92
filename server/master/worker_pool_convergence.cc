// SPDX-License-Identifier: Apache-2.0
// From the workers that are to the workers that are wanted.
#include <algorithm>
#include <utility>

#include "base/syscall.h"
#include "master/worker_pool.h"

namespace monoceros::master {
namespace {

using State = Worker::State;

PlannedWorker::Phase PhaseOf(const Worker& worker) {
  if (worker.leaving()) return PlannedWorker::Phase::kLeaving;
  return worker.state() == State::kReady ? PlannedWorker::Phase::kReady
                                         : PlannedWorker::Phase::kStarting;
}

uint32_t WantedThreads(const config::Settings& settings) {
  return settings.worker_class == "gthread" ? static_cast<uint32_t>(std::max(settings.threads, 1))
                                            : 1;
}

// Whether it runs what `wanted` threads of a blocking class can; a loop's capacity never changes.
bool Serves(const Worker& worker, uint32_t wanted) {
  const bool capable = worker.identity().profile.loop || worker.capacity() == wanted;
  return worker.threads() == wanted && capable;
}

}  // namespace

std::optional<WorkerPool::Reason> WorkerPool::OutdatedBecause(const Worker& worker,
                                                              const config::Settings& settings,
                                                              uint32_t generation) {
  const WorkerIdentity& identity = worker.identity();
  const bool other = identity.generation < generation ||
                     identity.worker_class != settings.worker_class ||
                     identity.profile.max_threads < WantedThreads(settings);
  if (other) return Reason::kReload;
  return worker.replacement_reason();
}

std::vector<PlannedWorker> WorkerPool::Observe(const config::Settings& settings,
                                               uint32_t generation, Outdated outdated) const {
  std::vector<PlannedWorker> seen;
  // A storm of request timeouts must not fill the machine with workers that linger.
  const bool crowded = CountLingering() >= 2 * static_cast<size_t>(std::max(settings.workers, 1));
  for (const auto& worker : workers_) {
    const WorkerIdentity& identity = worker->identity();
    if (identity.generation > generation) continue;  // on trial: not counted yet
    if (outdated == Outdated::kKeep) {
      seen.push_back({identity.incarnation, generation, PhaseOf(*worker), false});
      continue;
    }
    const auto why = OutdatedBecause(*worker, settings, generation);
    const bool wait = crowded && why == Reason::kRequestTimeout;
    const bool replace = why && !wait;
    seen.push_back({identity.incarnation, identity.generation, PhaseOf(*worker), replace});
  }
  return seen;
}

void WorkerPool::SayThereIsNoRoom() const {
  context_.log.Warning(
      "{} of the cgroup's {} MiB are in use and a worker takes {}: there is no room for a "
      "replacement beside the worker that it replaces, which leaves first",
      memory_.used >> 20, memory_.limit >> 20, memory_.worker >> 20);
}

void WorkerPool::Converge(TemplateKeeper& source, const config::Settings& settings, int wanted,
                          Outdated outdated, base::Nanoseconds now) {
  const bool may_start = source.ready() && backoff_.MayStart(now);
  const int surge = AdmittedSurge(settings.reload_surge, memory_);
  const Actions actions = Plan({wanted, source.generation(), surge, may_start,
                                Observe(settings, source.generation(), outdated)});
  if (surge == 0 && !actions.retire.empty()) SayThereIsNoRoom();
  for (const uint32_t incarnation : actions.retire) {
    Worker& worker = *Find(incarnation);
    const auto why = OutdatedBecause(worker, settings, source.generation());
    Retire(worker, why.value_or(Reason::kScale), base::FromSeconds(settings.graceful_timeout), now);
  }
  KeepThreads(settings);
  try {
    for (int i = 0; i < actions.start; ++i) Start(source, settings, /*trial=*/false, now);
  } catch (const base::SystemError& error) {
    backoff_.Failed(now);
    context_.log.Error("Cannot start a worker: {}", error.what());
  }
}

void WorkerPool::KeepThreads(const config::Settings& settings) {
  const uint32_t wanted = WantedThreads(settings);
  for (const auto& worker : workers_) {
    const bool fits = worker->identity().worker_class == settings.worker_class &&
                      worker->identity().profile.max_threads >= wanted &&
                      !worker->identity().profile.loop;
    if (worker->state() == State::kReady && fits) KeepThreadsOf(*worker, wanted);
  }
}

// The router must never give a worker more than its threads can take, so it hears of fewer threads
// before they end, and of more after they run.
void WorkerPool::KeepThreadsOf(Worker& worker, uint32_t wanted) {
  const uint32_t incarnation = worker.identity().incarnation;
  const auto set_capacity = [&](uint32_t capacity) {
    worker.SetCapacity(capacity);
    router_.SetCapacity(incarnation, capacity);
  };
  if (worker.threads_asked() != wanted) {
    if (wanted < worker.capacity()) set_capacity(wanted);
    worker.AskThreads(wanted);
  } else if (worker.threads() == wanted && worker.capacity() != wanted) {
    set_capacity(wanted);
  }
}

PoolProgress WorkerPool::Progress(const config::Settings& settings, uint32_t generation) const {
  const uint32_t wanted = WantedThreads(settings);
  PoolProgress progress;
  for (const auto& worker : workers_) {
    if (worker->leaving()) {
      ++progress.leaving;
      continue;
    }
    const bool as_wanted = worker->state() == State::kReady && !worker->has_router_fds() &&
                           !OutdatedBecause(*worker, settings, generation) &&
                           Serves(*worker, wanted);
    ++(as_wanted ? progress.ready : progress.pending);
  }
  return progress;
}

std::optional<uint32_t> WorkerPool::Replace(uint32_t row) {
  for (const auto& worker : workers_) {
    if (worker->identity().row != row || worker->leaving()) continue;
    worker->WantReplacement(Reason::kCommand);
    return worker->identity().incarnation;
  }
  return {};
}

bool WorkerPool::ReplaceTimedOut(uint32_t incarnation) {
  Worker* const worker = Find(incarnation);
  if (worker == nullptr || worker->leaving() || worker->wants_replacement()) return false;
  worker->WantReplacement(Reason::kRequestTimeout);
  return true;
}

void WorkerPool::Interrupt(uint32_t incarnation, uint64_t exchange) {
  if (Worker* worker = Find(incarnation)) worker->Interrupt(exchange);
}

const Worker* WorkerPool::Get(uint32_t incarnation) const { return Find(incarnation); }

void WorkerPool::KeepAfterAll(uint32_t incarnation) {
  if (Worker* worker = Find(incarnation)) worker->WithdrawReplacement();
}

bool WorkerPool::Has(uint32_t incarnation) const { return Find(incarnation) != nullptr; }

const Worker* WorkerPool::At(uint32_t row) const {
  const auto found =
      std::ranges::find_if(workers_, [&](const auto& w) { return w->identity().row == row; });
  return found == workers_.end() ? nullptr : found->get();
}

}  // namespace monoceros::master
