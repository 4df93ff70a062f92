// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "agent/metrics/families.h"

namespace monoceros::agent {

namespace {

using scoreboard::Snapshot;
using scoreboard::ThreadCopy;
using scoreboard::WorkerCopy;
using scoreboard::WorkerState;

// One sample per worker slot.
template <typename Value>
void PerSlot(const Snapshot& now, Families& families, Family family, Value value) {
  for (const WorkerCopy& worker : now.workers) {
    family.Add(static_cast<double>(value(worker)), {{"slot", std::to_string(worker.slot)}});
  }
  families.push_back(family.Take());
}

// One sample per thread.
template <typename Value>
void PerThread(const Snapshot& now, Families& families, Family family, Value value) {
  for (const WorkerCopy& worker : now.workers) {
    for (const ThreadCopy& thread : worker.threads) {
      family.Add(value(thread),
                 {{"slot", std::to_string(worker.slot)}, {"thread", std::to_string(thread.index)}});
    }
  }
  families.push_back(family.Take());
}

uint64_t Requests(const WorkerCopy& worker) {
  uint64_t sum = 0;
  for (const ThreadCopy& thread : worker.threads) sum += thread.requests;
  return sum;
}

void AddSlots(const Snapshot& now, Families& families) {
  PerSlot(now, families, Gauge("monoceros_slot_ready", "Whether the slot's worker takes requests."),
          [](const WorkerCopy& w) { return w.state == WorkerState::kReady; });
  PerSlot(now, families, Gauge("monoceros_slot_busy_threads", "Threads that run a request."),
          [](const WorkerCopy& w) { return BusyThreads(w); });
  PerSlot(now, families, Counter("monoceros_slot_requests_total", "Requests that threads ended."),
          Requests);
  PerSlot(now, families,
          Counter("monoceros_slot_restarts_total", "Workers of the slot that ended."),
          [](const WorkerCopy& w) { return w.restarts; });
  PerSlot(now, families, Counter("monoceros_slot_busy_seconds_total", "Busy time of the slot."),
          [](const WorkerCopy& w) { return Seconds(BusyNanoseconds(w)); });
  PerSlot(now, families, Counter("monoceros_slot_cpu_seconds_total", "CPU time of the processes."),
          [](const WorkerCopy& w) { return Seconds(w.cpu_nanoseconds); });
  PerSlot(now, families,
          Counter("monoceros_slot_gil_wait_seconds_total", "Waits for the GIL of all threads."),
          [](const WorkerCopy& w) { return Seconds(w.gil_wait_nanoseconds); });
  PerSlot(now, families,
          Gauge("monoceros_slot_resident_memory_bytes", "Resident memory of the worker."),
          [](const WorkerCopy& w) { return w.rss_bytes; });
}

void AddThreads(const Snapshot& now, Families& families) {
  PerThread(now, families,
            Counter("monoceros_thread_requests_total", "Requests that the thread ended."),
            [](const ThreadCopy& t) { return static_cast<double>(t.requests); });
  PerThread(now, families,
            Counter("monoceros_thread_busy_seconds_total", "Time that the thread ran requests."),
            [](const ThreadCopy& t) { return Seconds(t.busy_nanoseconds); });
  PerThread(now, families,
            Counter("monoceros_thread_cpu_seconds_total", "CPU time of the requests it ended."),
            [](const ThreadCopy& t) { return Seconds(t.cpu_nanoseconds); });
  PerThread(
      now, families,
      Counter("monoceros_thread_gil_wait_seconds_total", "GIL wait of the requests it ended."),
      [](const ThreadCopy& t) { return Seconds(t.gil_wait_nanoseconds); });
  PerThread(now, families,
            Gauge("monoceros_thread_request_age_seconds", "Age of the request it runs; 0: none."),
            [&now](const ThreadCopy& t) {
              const auto age = t.busy_since == 0 ? 0 : now.taken_at - t.busy_since;
              return base::ToSeconds(std::max<base::Nanoseconds>(0, age));
            });
}

}  // namespace

void AddSlotFamilies(const Snapshot& now, Families& families) {
  AddSlots(now, families);
  AddThreads(now, families);
}

}  // namespace monoceros::agent
