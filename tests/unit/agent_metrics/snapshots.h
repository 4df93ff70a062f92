// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

inline constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;

inline scoreboard::WorkerCopy ReadyWorker(uint32_t slot, uint32_t threads) {
  scoreboard::WorkerCopy worker;
  worker.slot = slot;
  worker.state = scoreboard::WorkerState::kReady;
  worker.pid = 4242;
  worker.incarnation = slot + 1;
  worker.capacity = threads;
  worker.worker_class = threads > 1 ? "gthread" : "sync";
  worker.gil_meter = scoreboard::GilMeterState::kMeasured;
  for (uint32_t index = 0; index < threads; ++index) {
    worker.threads.emplace_back().index = index;
    worker.threads.back().native_id = 777000 + index;
  }
  return worker;
}

// A pool of `workers` ready workers of `threads` threads, `seconds` after its start.
inline scoreboard::Snapshot Pool(uint32_t workers, uint32_t threads, double seconds) {
  scoreboard::Snapshot pool;
  pool.header.master_started_at = 100 * kSecond;
  pool.taken_at = pool.header.master_started_at + base::FromSeconds(seconds);
  pool.header.workers_wanted = workers;
  pool.header.threads_wanted = threads;
  pool.header.worker_class = threads > 1 ? "gthread" : "sync";
  for (uint32_t slot = 0; slot < workers; ++slot) {
    pool.workers.push_back(ReadyWorker(slot, threads));
  }
  return pool;
}

}  // namespace monoceros::agent
