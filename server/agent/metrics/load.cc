// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/load.h"

#include <algorithm>
#include <map>
#include <ranges>

namespace monoceros::agent {

namespace {

using scoreboard::GilMeterState;
using scoreboard::Snapshot;
using scoreboard::ThreadCopy;
using scoreboard::WorkerCopy;
using scoreboard::WorkerState;

template <typename Value>
uint64_t Sum(const Snapshot& now, Value value) {
  uint64_t sum = 0;
  for (const WorkerCopy& worker : now.workers) sum += value(worker);
  return sum;
}

// A torn read may make a sum look smaller than it was.
double Growth(uint64_t before, uint64_t now) {
  return now > before ? static_cast<double>(now - before) / base::kNanosecondsPerSecond : 0;
}

uint64_t ThreadBusyNanoseconds(const Snapshot& now) {
  return Sum(now, [](const WorkerCopy& w) { return RunsLoop(w) ? 0 : BusyNanoseconds(w); });
}

bool Alive(const WorkerCopy& worker) {
  return worker.state == WorkerState::kReady || worker.state == WorkerState::kDraining;
}

// The busiest of the workers.
void CompareWorker(const WorkerCopy& before, const WorkerCopy& now, Load& load) {
  const double cpu = Growth(before.cpu_nanoseconds, now.cpu_nanoseconds) / load.seconds;
  const double loop =
      Growth(before.loop_busy_nanoseconds, now.loop_busy_nanoseconds) / load.seconds;
  load.worker_cpu = std::max(load.worker_cpu, cpu);
  if (RunsLoop(now)) {
    load.loop_utilisation = std::max(load.loop_utilisation, std::min(1.0, loop));
  } else if (now.gil_meter != GilMeterState::kNotApplicable) {
    load.gil_utilisation = std::max(load.gil_utilisation, std::min(1.0, cpu));
  }
}

// Only workers that ran all the time: importing the application keeps a core busy, and says nothing
// about serving it.
void CompareWorkers(const Snapshot& before, const Snapshot& now, Load& load) {
  std::map<uint32_t, const WorkerCopy*> earlier;
  for (const WorkerCopy& worker : before.workers) earlier[worker.slot] = &worker;
  for (const WorkerCopy& worker : now.workers) {
    const auto found = earlier.find(worker.slot);
    if (found == earlier.end() || !Alive(worker) || !Alive(*found->second)) continue;
    if (found->second->incarnation != worker.incarnation) continue;
    CompareWorker(*found->second, worker, load);
  }
}

double MeanPlaces(const Snapshot& before, const Snapshot& now) {
  return static_cast<double>(ServingPlaces(before) + ServingPlaces(now)) / 2;
}

double QuotaRatio(const Snapshot& before, const Snapshot& now, double seconds) {
  const double quota = static_cast<double>(now.header.cgroup_cpu_quota);
  if (quota == 0) return 0;
  const double used =
      Growth(before.header.cgroup_cpu_nanoseconds, now.header.cgroup_cpu_nanoseconds);
  return used / seconds / (quota / base::kNanosecondsPerSecond);
}

bool BelongTogether(const Snapshot& before, const Snapshot& now) {
  return before.header.master_started_at == now.header.master_started_at &&
         now.taken_at > before.taken_at;
}

}  // namespace

bool HasGil(const Snapshot& now) {
  const auto is_ready = [](const WorkerCopy& w) { return w.state == WorkerState::kReady; };
  auto ready = now.workers | std::views::filter(is_ready);
  return ready.empty() || !std::ranges::all_of(ready, [](const WorkerCopy& worker) {
           return worker.gil_meter == GilMeterState::kNotApplicable;
         });
}

bool RunsLoop(const WorkerCopy& worker) {
  return !worker.worker_class.empty() && worker.worker_class != "sync" &&
         worker.worker_class != "gthread";
}

uint64_t UsableSlots(const Snapshot& now) {
  return Sum(now, [](const WorkerCopy& w) -> uint64_t {
    return w.state == WorkerState::kReady ? w.capacity : 0;
  });
}

uint64_t ServingPlaces(const Snapshot& now) {
  return Sum(now, [](const WorkerCopy& w) -> uint64_t {
    if (w.state != WorkerState::kReady) return 0;
    return RunsLoop(w) ? 1 : w.capacity;
  });
}

uint64_t BusyThreads(const WorkerCopy& worker) {
  return static_cast<uint64_t>(
      std::count_if(worker.threads.begin(), worker.threads.end(),
                    [](const ThreadCopy& thread) { return thread.busy_since != 0; }));
}

uint64_t BusySlots(const Snapshot& now) {
  bool loops = false;
  const uint64_t threads = Sum(now, [&loops](const WorkerCopy& worker) -> uint64_t {
    loops = loops || (RunsLoop(worker) && Alive(worker));
    return RunsLoop(worker) ? 0 : BusyThreads(worker);
  });
  // Only the router knows how many requests a loop runs.
  return loops ? std::max<uint64_t>(threads, now.router.in_flight) : threads;
}

uint64_t BusyNanoseconds(const WorkerCopy& worker) {
  if (RunsLoop(worker)) return worker.loop_busy_nanoseconds;
  uint64_t sum = 0;
  for (const ThreadCopy& thread : worker.threads) sum += thread.busy_nanoseconds;
  return sum;
}

uint64_t BusyNanoseconds(const Snapshot& now) {
  return Sum(now, [](const WorkerCopy& worker) { return BusyNanoseconds(worker); });
}

uint64_t ThreadGilWaitNanoseconds(const Snapshot& now) {
  return Sum(now, [](const WorkerCopy& worker) {
    uint64_t sum = 0;
    for (const ThreadCopy& thread : worker.threads) sum += thread.gil_wait_nanoseconds;
    return sum;
  });
}

uint64_t ResidentBytes(const Snapshot& now) {
  const scoreboard::HeaderCopy& header = now.header;
  return header.master_rss_bytes + header.router_rss_bytes + header.template_rss_bytes +
         Sum(now, [](const WorkerCopy& worker) { return worker.rss_bytes; });
}

Load Compare(const Snapshot& before, const Snapshot& now) {
  Load load;
  if (!BelongTogether(before, now)) return load;
  load.seconds = base::ToSeconds(now.taken_at - before.taken_at);
  const double thread_busy = Growth(ThreadBusyNanoseconds(before), ThreadBusyNanoseconds(now));
  load.busy_threads = thread_busy / load.seconds;
  const double busy = Growth(BusyNanoseconds(before), BusyNanoseconds(now));
  const double places = MeanPlaces(before, now) * load.seconds;
  if (places > 0) load.occupancy = std::min(1.0, busy / places);
  const double gil_wait = Growth(ThreadGilWaitNanoseconds(before), ThreadGilWaitNanoseconds(now));
  if (thread_busy > 0) load.gil_wait_ratio = std::min(1.0, gil_wait / thread_busy);
  CompareWorkers(before, now, load);
  load.cpu_quota_ratio = QuotaRatio(before, now, load.seconds);
  if (now.router.shed > before.router.shed) {
    load.shed_per_second = static_cast<double>(now.router.shed - before.router.shed) / load.seconds;
  }
  return load;
}

}  // namespace monoceros::agent
