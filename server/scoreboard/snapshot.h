// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scoreboard/layout.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::scoreboard {

// Plain copies of the scoreboard's rows, for whoever only looks: every value was in the file at
// some moment of the copying; the fields of one thread belong together.

struct HistogramCopy {
  std::array<uint64_t, kBuckets> counts{};  // not cumulated
  uint64_t sum_nanoseconds = 0;
  uint64_t count() const;
};

struct ExemplarCopy {
  std::array<uint64_t, 2> trace_id{};  // both 0: there is none
  uint64_t span_id = 0;
  int64_t nanoseconds = 0;
  int64_t observed_at = 0;  // ns since the epoch
};

struct ThreadCopy {
  uint32_t index = 0;
  uint32_t native_id = 0;  // 0: no thread runs here
  base::Nanoseconds busy_since = 0;
  base::Nanoseconds gil_waiting_since = 0;
  uint64_t busy_nanoseconds = 0;  // the request that runs now included
  uint64_t cpu_nanoseconds = 0;
  uint64_t gil_wait_nanoseconds = 0;
  uint64_t run_queue_nanoseconds = 0;
  uint64_t requests = 0;
  uint64_t request_id = 0;   // 0: idle
  std::string request_text;  // "METHOD /path" of the request that runs; empty: none
  // The fields are of one moment; false when the writer stood in the middle of a change for long.
  bool whole = false;
};

struct WorkerCopy {
  uint32_t slot = 0;
  WorkerState state = WorkerState::kEmpty;
  int32_t pid = 0;
  uint32_t incarnation = 0;
  uint32_t generation = 0;
  base::Nanoseconds started_at = 0;
  uint32_t capacity = 0;
  std::string worker_class;
  uint64_t rss_bytes = 0;
  uint64_t pss_bytes = 0;
  uint64_t cpu_nanoseconds = 0;
  uint64_t run_queue_nanoseconds = 0;
  uint64_t restarts = 0;
  uint64_t stalls = 0;
  uint64_t stall_nanoseconds = 0;
  uint64_t longest_stall_nanoseconds = 0;
  base::Nanoseconds stalled_since = 0;  // 0: it is not
  uint64_t gil_wait_nanoseconds = 0;
  uint64_t gil_waits = 0;
  GilMeterState gil_meter = GilMeterState::kUnknown;
  uint64_t loop_busy_nanoseconds = 0;
  std::vector<ThreadCopy> threads;  // those that ever ran in this slot, so that sums never shrink
};

struct HeaderCopy {
  base::Nanoseconds master_started_at = 0;
  base::Nanoseconds master_beat_at = 0;
  int32_t master_pid = 0;
  uint32_t generation = 0;
  uint32_t workers_wanted = 0;
  uint32_t threads_wanted = 0;
  std::string worker_class;  // wanted
  LiveState live_state = LiveState::kConverged;
  uint64_t live_revision = 0;
  std::array<uint64_t, kRestartReasons> restarts{};
  uint64_t reloads_ok = 0;
  uint64_t reloads_failed = 0;
  bool draining = false;
  base::Nanoseconds last_reload_at = 0;
  bool last_reload_ok = false;
  bool full_accounting = false;
  uint64_t master_rss_bytes = 0;
  uint64_t router_rss_bytes = 0;
  uint64_t template_rss_bytes = 0;
  uint64_t master_cpu_nanoseconds = 0;
  uint64_t router_cpu_nanoseconds = 0;
  uint64_t all_pss_bytes = 0;
  uint64_t cgroup_memory = 0;
  uint64_t cgroup_limit = 0;
  uint64_t cgroup_cpu_quota = 0;
  uint64_t cgroup_cpu_nanoseconds = 0;
  uint64_t cgroup_periods = 0;
  uint64_t cgroup_throttled_periods = 0;
  uint64_t cgroup_throttled_nanoseconds = 0;
};

struct RouterCopy {
  base::Nanoseconds beat_at = 0;
  uint32_t connections = 0;
  uint32_t queued = 0;
  uint32_t in_flight = 0;
  uint32_t streams = 0;
  std::array<uint32_t, kConnectionStates> by_state{};
  uint64_t accepted = 0;
  uint64_t requests = 0;
  std::array<uint64_t, 6> responses_by_class{};
  uint64_t queue_nanoseconds = 0;
  uint64_t application_nanoseconds = 0;
  uint64_t shed = 0;
  uint64_t abandoned = 0;
  uint64_t refused = 0;
  std::array<uint64_t, kClientTimeouts> timeouts{};
  uint64_t request_body_bytes = 0;
  uint64_t response_bytes = 0;
  uint64_t buffer_bytes = 0;
  uint64_t spool_bytes = 0;
  uint64_t log_lines_dropped = 0;
  uint32_t backlog = 0;
  uint32_t backlog_limit = 0;
  uint64_t backlog_overflows = 0;
  uint64_t mean_service_nanoseconds = 0;
  uint64_t disrupted = 0;
  uint32_t upgraded = 0;
  uint32_t request_timeouts = 0;
  std::array<HistogramCopy, kPoolHistograms> histograms{};
  std::array<std::array<ExemplarCopy, kBuckets>, kStatusClasses> exemplars{};
};

struct Snapshot {
  base::Nanoseconds taken_at = 0;  // CLOCK_MONOTONIC
  HeaderCopy header;
  RouterCopy router;
  std::vector<WorkerCopy> workers;  // every slot that was ever used, in the order of slots
};

// Copies one thread's row; `row` and `thread` as in Scoreboard. `busy_nanoseconds` is of finished
// requests only.
ThreadCopy ReadThread(const Scoreboard& board, uint32_t row, uint32_t thread);

// Copies everything. Never blocks: a thread whose fields do not stand still is copied as it is
// after some tries.
Snapshot Read(const Scoreboard& board);

}  // namespace monoceros::scoreboard
