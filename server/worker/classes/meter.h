// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/clock.h"
#include "channel/worker_end.h"
#include "scoreboard/layout.h"
#include "scoreboard/stamps.h"

namespace monoceros::worker {

// Accounts for the time of one thread: into its row of the scoreboard, and into the stamp by which
// the master judges `timeout`. Used by that thread only, without need of the GIL.
class ThreadMeter {
 public:
  // Both outlive the meter. Made by the thread that it measures.
  ThreadMeter(scoreboard::ThreadRow& row, scoreboard::ThreadStamp& stamp)
      : row_(row), stamp_(stamp), cpu_(base::ThreadCpuNow()) {}

  void Begin(const channel::Exchange& exchange) {
    since_ = exchange.taken_at();
    stamp_.busy_since.store(since_, kRelaxed);
    row_.request_id.store(exchange.request_id(), kRelaxed);
    row_.busy_since.store(since_, kRelaxed);
  }

  // One reading of the CPU clock: the end of one request is the beginning of the next.
  void End() {
    const base::Nanoseconds cpu = base::ThreadCpuNow();
    Add(row_.cpu_nanoseconds, cpu - cpu_);
    Add(row_.busy_nanoseconds, base::MonotonicNow() - since_);
    Add(row_.requests, 1);
    cpu_ = cpu;
    row_.busy_since.store(0, kRelaxed);
    row_.request_id.store(0, kRelaxed);
    stamp_.busy_since.store(0, kRelaxed);
  }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;

  // There is one writer, so that a locked instruction is not needed.
  static void Add(std::atomic<uint64_t>& sum, base::Nanoseconds amount) {
    sum.store(sum.load(kRelaxed) + static_cast<uint64_t>(amount), kRelaxed);
  }

  scoreboard::ThreadRow& row_;
  scoreboard::ThreadStamp& stamp_;
  base::Nanoseconds since_ = 0;
  base::Nanoseconds cpu_;
};

}  // namespace monoceros::worker
