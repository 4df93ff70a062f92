// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "agent/metrics/families.h"

namespace monoceros::agent {

namespace {

using scoreboard::Snapshot;
using scoreboard::WorkerCopy;
using scoreboard::WorkerState;

constexpr std::array kMeterStates = {"unknown", "measured", "unavailable", "not_applicable"};

template <typename Value>
double Sum(const Snapshot& now, Value value) {
  uint64_t sum = 0;
  for (const WorkerCopy& worker : now.workers) sum += value(worker);
  return static_cast<double>(sum);
}

double SecondsSum(const Snapshot& now, uint64_t WorkerCopy::* field) {
  return Sum(now, [field](const WorkerCopy& worker) { return worker.*field; }) /
         base::kNanosecondsPerSecond;
}

double Occupancy(const Snapshot& now) {
  const auto slots = static_cast<double>(UsableSlots(now));
  return slots == 0 ? 0 : static_cast<double>(BusySlots(now)) / slots;
}

prometheus::MetricFamily GilMeters(const Snapshot& now) {
  std::array<uint64_t, kMeterStates.size()> counts{};
  for (const WorkerCopy& worker : now.workers) {
    const auto state = static_cast<size_t>(worker.gil_meter);
    if (worker.state == WorkerState::kReady && state < counts.size()) ++counts[state];
  }
  Family family = Gauge("monoceros_gil_meter_workers",
                        "Ready workers by whether their GIL wait can be measured.");
  for (size_t state = 0; state < counts.size(); ++state) {
    family.Add(static_cast<double>(counts[state]), {{"state", kMeterStates[state]}});
  }
  return family.Take();
}

void AddGil(const Snapshot& now, const Past& past, Families& families) {
  families.push_back(Counter("monoceros_gil_wait_seconds_total",
                             "Time that threads of the workers waited for the GIL.")
                         .Add(SecondsSum(now, &WorkerCopy::gil_wait_nanoseconds))
                         .Take());
  families.push_back(
      Counter("monoceros_gil_waits_total", "Waits for the GIL of all threads of the workers.")
          .Add(Sum(now, [](const WorkerCopy& worker) { return worker.gil_waits; }))
          .Take());
  families.push_back(Gauge("monoceros_gil_wait_ratio",
                           "Share of the busy time that requests waited for the GIL, recently.")
                         .Add(past.load.gil_wait_ratio)
                         .Take());
  families.push_back(Gauge("monoceros_gil_utilisation_ratio",
                           "At most this share of the time was a GIL held, in the busiest worker, "
                           "recently.")
                         .Add(past.load.gil_utilisation)
                         .Take());
}

void AddLoops(const Snapshot& now, const Past& past, Families& families) {
  families.push_back(
      Counter("monoceros_loop_busy_seconds_total", "Time that event loops did not wait for events.")
          .Add(SecondsSum(now, &WorkerCopy::loop_busy_nanoseconds))
          .Take());
  families.push_back(Gauge("monoceros_loop_utilisation_ratio",
                           "Share of the time that the busiest event loop was busy, recently.")
                         .Add(past.load.loop_utilisation)
                         .Take());
}

}  // namespace

void AddTimeFamilies(const Snapshot& now, const Past& past, Families& families) {
  families.push_back(
      Counter("monoceros_busy_seconds_total",
              "Time that serving threads ran requests, and that event loops were busy.")
          .Add(Seconds(BusyNanoseconds(now)))
          .Take());
  families.push_back(
      Counter("monoceros_slot_seconds_total",
              "Time that serving threads and event loops of ready workers were there to be busy.")
          .Add(past.slot_seconds)
          .Take());
  families.push_back(
      Gauge("monoceros_occupancy_ratio", "Share of the slots that run a request at this moment.")
          .Add(Occupancy(now))
          .Take());
  families.push_back(
      Gauge("monoceros_saturation_ratio",
            "How close the pool is to its limit, recently; above 1 requests wait or are shed.")
          .Add(past.saturation)
          .Take());
  if (HasGil(now)) AddGil(now, past, families);
  families.push_back(GilMeters(now));
  AddLoops(now, past, families);
}

}  // namespace monoceros::agent
