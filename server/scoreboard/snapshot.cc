// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/snapshot.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <numeric>

namespace monoceros::scoreboard {
namespace {

// A writer changes a row within a microsecond; one that lost its CPU in between has it again soon,
// and one that was stopped or killed leaves the row odd.
constexpr int kTries = 64;
constexpr int kPauses = 20;
constexpr timespec kPause = {0, 100'000};

template <typename T>
T Get(const std::atomic<T>& field) {
  // Acquire keeps the second look at a row's sequence behind the fields.
  return field.load(std::memory_order_acquire);
}

template <typename T, size_t kSize>
void CopyAll(const std::atomic<T> (&from)[kSize], std::array<T, kSize>& to) {
  std::transform(std::begin(from), std::end(from), to.begin(), Get<T>);
}

template <size_t kSize>
std::string Text(const std::atomic<char> (&from)[kSize]) {
  std::array<char, kSize> bytes;
  CopyAll(from, bytes);
  return {bytes.data(), ::strnlen(bytes.data(), kSize)};
}

std::string RequestText(const ThreadRow& row) {
  std::array<uint64_t, std::extent_v<decltype(row.request_text)>> words;
  CopyAll(row.request_text, words);
  const char* bytes = reinterpret_cast<const char*>(words.data());
  return {bytes, ::strnlen(bytes, sizeof words)};
}

// What belongs together; `copy` is filled anew by each try.
void CopyFields(const ThreadRow& row, ThreadCopy& copy) {
  copy.busy_since = Get(row.busy_since);
  copy.busy_nanoseconds = Get(row.busy_nanoseconds);
  copy.cpu_nanoseconds = Get(row.cpu_nanoseconds);
  copy.gil_wait_nanoseconds = Get(row.gil_wait_nanoseconds);
  copy.run_queue_nanoseconds = Get(row.run_queue_nanoseconds);
  copy.requests = Get(row.requests);
  copy.request_id = Get(row.request_id);
  copy.native_id = Get(row.native_id);
  copy.gil_waiting_since = Get(row.gil_waiting_since);
  copy.request_text = RequestText(row);
}

struct Look {
  uint64_t sequence = 0;
  bool whole = false;  // what was copied is of one moment
};

// Calls `copy` until `sequence` was even and the same before and after it, or to no avail. `pauses`
// is how many are left for all rows that share them.
template <typename Copy>
Look Consistently(const std::atomic<uint64_t>& sequence, int& pauses, const Copy& copy) {
  Look look;
  for (int tries = 0; !look.whole && (tries < kTries || pauses > 0); ++tries) {
    if (tries >= kTries) {
      --pauses;
      ::nanosleep(&kPause, nullptr);
    }
    look.sequence = sequence.load(std::memory_order_acquire);
    copy();
    look.whole = look.sequence % 2 == 0 && Get(sequence) == look.sequence;
  }
  return look;
}

bool EverRan(const ThreadCopy& copy, uint64_t sequence) {
  return sequence != 0 || copy.native_id != 0 || copy.requests != 0 || copy.busy_since != 0 ||
         copy.busy_nanoseconds != 0;
}

// The row's sequence; an idle thread has no request.
uint64_t CopyThread(const ThreadRow& row, uint32_t index, int& pauses, ThreadCopy& copy) {
  copy.index = index;
  const Look look = Consistently(row.sequence, pauses, [&] { CopyFields(row, copy); });
  copy.whole = look.whole;
  if (copy.busy_since == 0) {
    copy.request_id = 0;
    copy.request_text.clear();
  }
  return look.sequence;
}

void AddThread(const ThreadRow& row, uint32_t index, base::Nanoseconds now, int& pauses,
               WorkerCopy& worker) {
  ThreadCopy copy;
  const uint64_t sequence = CopyThread(row, index, pauses, copy);
  if (!EverRan(copy, sequence)) return;
  if (copy.busy_since != 0) {
    copy.busy_nanoseconds +=
        static_cast<uint64_t>(std::max<base::Nanoseconds>(0, now - copy.busy_since));
  }
  worker.threads.push_back(std::move(copy));
}

void CopyWorker(const WorkerRow& row, WorkerCopy& copy) {
  copy.state = static_cast<WorkerState>(Get(row.state));
  copy.pid = Get(row.pid);
  copy.incarnation = Get(row.incarnation);
  copy.generation = Get(row.generation);
  copy.started_at = Get(row.started_at);
  copy.capacity = Get(row.capacity);
  copy.worker_class = Text(row.worker_class);
  copy.rss_bytes = Get(row.rss_bytes);
  copy.pss_bytes = Get(row.pss_bytes);
  copy.cpu_nanoseconds = Get(row.cpu_nanoseconds);
  copy.run_queue_nanoseconds = Get(row.run_queue_nanoseconds);
  copy.restarts = Get(row.restarts);
  copy.stalls = Get(row.stalls);
  copy.stall_nanoseconds = Get(row.stall_nanoseconds);
  copy.longest_stall_nanoseconds = Get(row.longest_stall_nanoseconds);
  copy.stalled_since = Get(row.stalled_since);
  copy.gil_wait_nanoseconds = Get(row.gil_wait_nanoseconds);
  copy.gil_waits = Get(row.gil_waits);
  copy.gil_meter = static_cast<GilMeterState>(Get(row.gil_meter));
  copy.loop_busy_nanoseconds = Get(row.loop_busy_nanoseconds);
}

void AddWorker(const Scoreboard& board, uint32_t slot, uint32_t threads, base::Nanoseconds now,
               int& pauses, std::vector<WorkerCopy>& workers) {
  const WorkerRow& row = board.worker(slot);
  if (Get(row.state) == static_cast<uint32_t>(WorkerState::kEmpty)) return;
  WorkerCopy& copy = workers.emplace_back();
  copy.slot = slot;
  CopyWorker(row, copy);
  for (uint32_t thread = 0; thread < threads; ++thread) {
    AddThread(board.thread(slot, thread), thread, now, pauses, copy);
  }
}

void CopyMemory(const Header& from, HeaderCopy& to) {
  to.master_rss_bytes = Get(from.master_rss_bytes);
  to.router_rss_bytes = Get(from.router_rss_bytes);
  to.template_rss_bytes = Get(from.template_rss_bytes);
  to.master_cpu_nanoseconds = Get(from.master_cpu_nanoseconds);
  to.router_cpu_nanoseconds = Get(from.router_cpu_nanoseconds);
  to.all_pss_bytes = Get(from.all_pss_bytes);
  to.cgroup_memory = Get(from.cgroup_memory);
  to.cgroup_limit = Get(from.cgroup_limit);
  to.cgroup_cpu_quota = Get(from.cgroup_cpu_quota);
  to.cgroup_cpu_nanoseconds = Get(from.cgroup_cpu_nanoseconds);
  to.cgroup_periods = Get(from.cgroup_periods);
  to.cgroup_throttled_periods = Get(from.cgroup_throttled_periods);
  to.cgroup_throttled_nanoseconds = Get(from.cgroup_throttled_nanoseconds);
}

void CopyHeader(const Header& from, HeaderCopy& to) {
  to.master_started_at = Get(from.master_started_at);
  to.master_beat_at = Get(from.master_beat_at);
  to.master_pid = Get(from.master_pid);
  to.generation = Get(from.generation);
  to.workers_wanted = Get(from.workers_wanted);
  to.threads_wanted = Get(from.threads_wanted);
  to.worker_class = Text(from.worker_class);
  to.live_state = static_cast<LiveState>(Get(from.live_state));
  to.live_revision = Get(from.live_revision);
  CopyAll(from.restarts, to.restarts);
  to.reloads_ok = Get(from.reloads_ok);
  to.reloads_failed = Get(from.reloads_failed);
  to.draining = Get(from.draining) != 0;
  to.last_reload_at = Get(from.last_reload_at);
  to.last_reload_ok = Get(from.last_reload_ok) != 0;
  to.full_accounting = Get(from.accounting) != 0;
  CopyMemory(from, to);
}

void CopyCounters(const RouterRow& from, RouterCopy& to) {
  to.beat_at = Get(from.beat_at);
  to.connections = Get(from.connections);
  to.queued = Get(from.queued);
  to.in_flight = Get(from.in_flight);
  to.streams = Get(from.streams);
  CopyAll(from.by_state, to.by_state);
  to.accepted = Get(from.accepted);
  to.requests = Get(from.requests);
  CopyAll(from.responses_by_class, to.responses_by_class);
  to.queue_nanoseconds = Get(from.queue_nanoseconds);
  to.application_nanoseconds = Get(from.application_nanoseconds);
  to.shed = Get(from.shed);
  to.abandoned = Get(from.abandoned);
  to.refused = Get(from.refused);
  CopyAll(from.timeouts, to.timeouts);
  to.request_body_bytes = Get(from.request_body_bytes);
  to.response_bytes = Get(from.response_bytes);
  to.buffer_bytes = Get(from.buffer_bytes);
  to.spool_bytes = Get(from.spool_bytes);
  to.log_lines_dropped = Get(from.log_lines_dropped);
  to.backlog = Get(from.backlog);
  to.backlog_limit = Get(from.backlog_limit);
  to.backlog_overflows = Get(from.backlog_overflows);
  to.mean_service_nanoseconds = Get(from.mean_service_nanoseconds);
  to.disrupted = Get(from.disrupted);
  to.upgraded = Get(from.upgraded);
  to.request_timeouts = Get(from.request_timeouts);
}

void CopyHistogram(const Histogram& from, HistogramCopy& to) {
  CopyAll(from.counts, to.counts);
  to.sum_nanoseconds = Get(from.sum_nanoseconds);
}

// One that is being changed is left out, so nobody waits for it.
void CopyExemplar(const Exemplar& from, ExemplarCopy& to) {
  int pauses = 0;
  const Look look = Consistently(from.sequence, pauses, [&] {
    CopyAll(from.trace_id, to.trace_id);
    to.span_id = Get(from.span_id);
    to.nanoseconds = Get(from.nanoseconds);
    to.observed_at = Get(from.observed_at);
  });
  if (look.sequence == 0 || !look.whole) to = {};
}

void CopyRouter(const RouterRow& from, RouterCopy& to) {
  CopyCounters(from, to);
  for (uint32_t i = 0; i < kPoolHistograms; ++i)
    CopyHistogram(from.histograms[i], to.histograms[i]);
  for (uint32_t status = 0; status < kStatusClasses; ++status) {
    for (uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
      CopyExemplar(from.exemplars[status][bucket], to.exemplars[status][bucket]);
    }
  }
}

}  // namespace

uint64_t HistogramCopy::count() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

ThreadCopy ReadThread(const Scoreboard& board, uint32_t row, uint32_t thread) {
  ThreadCopy copy;
  int pauses = 0;
  CopyThread(board.thread(row, thread), thread, pauses, copy);
  return copy;
}

Snapshot Read(const Scoreboard& board) {
  Snapshot snapshot;
  snapshot.taken_at = base::MonotonicNow();
  CopyHeader(board.header(), snapshot.header);
  CopyRouter(board.router(), snapshot.router);
  int pauses = kPauses;
  for (uint32_t slot = 0; slot < board.worker_rows(); ++slot) {
    AddWorker(board, slot, board.threads_per_worker(), snapshot.taken_at, pauses, snapshot.workers);
  }
  return snapshot;
}

}  // namespace monoceros::scoreboard
