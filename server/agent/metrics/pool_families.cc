// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "agent/metrics/families.h"

namespace monoceros::agent {

namespace {

using scoreboard::Snapshot;
using scoreboard::WorkerCopy;
using scoreboard::WorkerState;

constexpr std::array kStates = {std::pair{WorkerState::kStarting, "starting"},
                                std::pair{WorkerState::kReady, "ready"},
                                std::pair{WorkerState::kDraining, "draining"}};
constexpr std::array kReasons = {"crash",        "out_of_memory",  "timeout", "boot_timeout",
                                 "max_requests", "signal",         "command", "reload",
                                 "scale",        "request_timeout"};
static_assert(kReasons.size() == scoreboard::kRestartReasons);
constexpr std::array kLiveStates = {"converged", "progressing", "failed"};

bool Lives(const WorkerCopy& worker) {
  return worker.state != WorkerState::kEmpty && worker.state != WorkerState::kExited;
}

prometheus::MetricFamily Workers(const Snapshot& now) {
  std::map<std::pair<std::string, WorkerState>, uint64_t> counts;
  const auto know = [&counts](const std::string& name) {
    for (const auto& [state, text] : kStates) counts[{name, state}];
  };
  know(now.header.worker_class);
  for (const WorkerCopy& worker : now.workers) {
    if (!Lives(worker)) continue;
    know(worker.worker_class);
    ++counts[{worker.worker_class, worker.state}];
  }
  Family family = Gauge("monoceros_workers", "Worker processes that live, by state and class.");
  for (const auto& [key, count] : counts) {
    const auto state = std::find_if(kStates.begin(), kStates.end(), [&key](const auto& entry) {
      return entry.first == key.second;
    });
    family.Add(static_cast<double>(count), {{"class", key.first}, {"state", state->second}});
  }
  return family.Take();
}

prometheus::MetricFamily Restarts(const Snapshot& now) {
  Family family = Counter("monoceros_worker_restarts_total", "Workers that ended, by reason.");
  for (size_t reason = 0; reason < kReasons.size(); ++reason) {
    family.Add(static_cast<double>(now.header.restarts[reason]), {{"reason", kReasons[reason]}});
  }
  return family.Take();
}

uint64_t BusyWorkers(const Snapshot& now) {
  return static_cast<uint64_t>(
      std::count_if(now.workers.begin(), now.workers.end(),
                    [](const WorkerCopy& w) { return BusyThreads(w) > 0; }));
}

uint64_t Capacity(const Snapshot& now) {
  uint64_t greatest = 0;
  for (const WorkerCopy& worker : now.workers) {
    if (worker.state == WorkerState::kReady)
      greatest = std::max<uint64_t>(greatest, worker.capacity);
  }
  return greatest;
}

void AddStalls(const Snapshot& now, Families& families) {
  uint64_t stalls = 0, nanoseconds = 0, longest = 0;
  for (const WorkerCopy& worker : now.workers) {
    const auto lasts = worker.stalled_since == 0 ? 0 : now.taken_at - worker.stalled_since;
    const auto open = static_cast<uint64_t>(std::max<base::Nanoseconds>(0, lasts));
    stalls += worker.stalls;
    nanoseconds += worker.stall_nanoseconds + open;
    longest = std::max({longest, worker.longest_stall_nanoseconds, open});
  }
  families.push_back(Counter("monoceros_worker_stalls_total", "Event loops that did not turn.")
                         .Add(static_cast<double>(stalls))
                         .Take());
  families.push_back(Counter("monoceros_worker_stall_seconds_total", "How long they did not turn.")
                         .Add(Seconds(nanoseconds))
                         .Take());
  families.push_back(Gauge("monoceros_worker_longest_stall_seconds",
                           "The longest time that an event loop did not turn.")
                         .Add(Seconds(longest))
                         .Take());
}

void AddWorkers(const Snapshot& now, Families& families) {
  const auto gauge = [&families](const char* name, const char* help, uint64_t value) {
    families.push_back(Gauge(name, help).Add(static_cast<double>(value)).Take());
  };
  families.push_back(Workers(now));
  gauge("monoceros_workers_wanted", "Worker processes that are wanted.", now.header.workers_wanted);
  gauge("monoceros_workers_busy", "Workers that run at least one request.", BusyWorkers(now));
  gauge("monoceros_threads_wanted", "Serving threads wanted in each worker.",
        now.header.threads_wanted);
  gauge("monoceros_worker_capacity", "Requests that one worker can run at once; the greatest.",
        Capacity(now));
  gauge("monoceros_slots", "Requests that the ready workers can run at once.", UsableSlots(now));
  gauge("monoceros_slots_busy", "Slots that run a request.", BusySlots(now));
  families.push_back(Restarts(now));
  AddStalls(now, families);
}

void AddReloads(const Snapshot& now, Families& families) {
  const scoreboard::HeaderCopy& header = now.header;
  const double age =
      header.last_reload_at == 0
          ? 0
          : base::ToSeconds(std::max<int64_t>(0, now.taken_at - header.last_reload_at));
  families.push_back(Gauge("monoceros_reload_generation", "Reload generation that serves.")
                         .Add(header.generation)
                         .Take());
  families.push_back(Counter("monoceros_reloads_total", "Reloads that ended, by outcome.")
                         .Add(static_cast<double>(header.reloads_ok), {{"outcome", "ok"}})
                         .Add(static_cast<double>(header.reloads_failed), {{"outcome", "failed"}})
                         .Take());
  families.push_back(
      Gauge("monoceros_last_reload_age_seconds", "Time since the last reload ended; 0: none yet.")
          .Add(age)
          .Take());
  families.push_back(
      Gauge("monoceros_last_reload_successful", "Whether the last reload succeeded, or none was.")
          .Add(header.last_reload_at == 0 || header.last_reload_ok ? 1 : 0)
          .Take());
}

void AddLive(const Snapshot& now, Families& families) {
  families.push_back(Gauge("monoceros_live_revision", "Revision of the wanted state.")
                         .Add(static_cast<double>(now.header.live_revision))
                         .Take());
  Family state = Gauge("monoceros_live_state", "1 for the state of the last live change.");
  for (size_t index = 0; index < kLiveStates.size(); ++index) {
    const bool is = static_cast<size_t>(now.header.live_state) == index;
    state.Add(is ? 1 : 0, {{"state", kLiveStates[index]}});
  }
  families.push_back(state.Take());
  families.push_back(
      Gauge("monoceros_draining", "Whether the server is about to end (drain_delay included).")
          .Add(now.header.draining ? 1 : 0)
          .Take());
}

}  // namespace

void AddPoolFamilies(const Snapshot& now, Families& families) {
  AddWorkers(now, families);
  AddReloads(now, families);
  AddLive(now, families);
}

}  // namespace monoceros::agent
