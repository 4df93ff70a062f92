// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace monoceros::scoreboard {

// The scoreboard: one shared file that says what every process of the pool does. Fixed layout, no
// pointers, one writer per field (named beside it), readable while written: all fields are atomics,
// stored and loaded relaxed, so a reader sees each field whole but no order between fields.
// docs/scoreboard.md gives the layout byte by byte.

inline constexpr uint64_t kMagic = 0x31'42'53'4F'4E'4F'4D'00;  // "\0MONOSB1" on little-endian
inline constexpr uint32_t kVersion = 1;

enum class WorkerState : uint32_t {
  kEmpty = 0,     // the row is unused
  kStarting = 1,  // forked, application not ready
  kReady = 2,     // takes requests
  kDraining = 3,  // finishes what it has
  kExited = 4,    // gone; the row waits for a replacement
};

// Written by the master unless noted.
struct Header {
  uint64_t magic;
  uint32_t version;
  uint32_t header_bytes;
  uint64_t total_bytes;
  uint32_t worker_rows;
  uint32_t threads_per_worker;
  uint32_t worker_row_bytes;  // including its thread rows
  uint32_t reserved;
  std::atomic<int64_t> master_started_at;  // ns, CLOCK_MONOTONIC
  std::atomic<int64_t> master_beat_at;     // ns, at least once a second
  std::atomic<uint32_t> generation;        // reload generation that serves
  std::atomic<uint32_t> workers_wanted;
  std::atomic<uint64_t> restarts_crash;    // workers that died on their own
  std::atomic<uint64_t> restarts_timeout;  // killed by timeout or boot_timeout
  std::atomic<uint64_t> restarts_retired;  // max_requests, or asked for by a signal
  std::atomic<uint64_t> reloads_ok;
  std::atomic<uint64_t> reloads_failed;
};

// Written by the router.
struct RouterRow {
  std::atomic<int64_t> beat_at;                 // ns, at least once a second
  std::atomic<uint32_t> connections;            // open now
  std::atomic<uint32_t> connections_idle;       // of them without a request
  std::atomic<uint32_t> queued;                 // requests waiting for a worker
  std::atomic<uint32_t> in_flight;              // exchanges assigned or taken
  std::atomic<uint64_t> requests;               // responses completed
  std::atomic<uint64_t> responses_by_class[6];  // [status / 100]; [0]: no response (499)
  std::atomic<uint64_t> queue_nanoseconds;      // sum over requests
  std::atomic<uint64_t> application_nanoseconds;
  std::atomic<uint64_t> shed;       // refused at entry with 503
  std::atomic<uint64_t> abandoned;  // client left while queued
  std::atomic<uint64_t> request_body_bytes;
  std::atomic<uint64_t> response_bytes;
  std::atomic<uint64_t> buffer_bytes;  // held in memory now (router_memory)
  std::atomic<uint64_t> spool_bytes;   // held in spool files now (spool_limit)
  std::atomic<uint64_t> log_lines_dropped;
};

// One thread of a worker; written by that thread.
struct alignas(64) ThreadRow {
  std::atomic<int64_t> busy_since;         // ns, CLOCK_MONOTONIC; 0: idle
  std::atomic<uint64_t> busy_nanoseconds;  // integral of finished requests
  std::atomic<uint64_t> cpu_nanoseconds;   // of finished requests; 0 where not measured
  std::atomic<uint64_t> requests;
  std::atomic<uint64_t> request_id;  // of the exchange it serves; 0: none
};

// One worker slot; a replacement reuses it. Written by the master.
struct alignas(64) WorkerRow {
  std::atomic<uint32_t> state;  // WorkerState
  std::atomic<int32_t> pid;
  std::atomic<uint32_t> incarnation;
  std::atomic<uint32_t> generation;
  std::atomic<int64_t> started_at;  // ns
  std::atomic<uint32_t> threads;    // thread rows in use
  std::atomic<uint32_t> capacity;
  std::atomic<char> worker_class[16];  // NUL-padded
};

// Where things are, in bytes from the start: header, router row, then one block per worker slot:
// its WorkerRow followed by its ThreadRows.
inline constexpr uint64_t kRouterOffset = 128;
inline constexpr uint64_t kWorkersOffset = 320;
inline constexpr uint32_t kMaxWorkerRows = 4096;
inline constexpr uint32_t kMaxThreadsPerWorker = 4096;

constexpr uint64_t WorkerRowBytes(uint32_t threads_per_worker) {
  return sizeof(WorkerRow) + uint64_t{threads_per_worker} * sizeof(ThreadRow);
}

static_assert(sizeof(Header) <= kRouterOffset);
static_assert(kRouterOffset + sizeof(RouterRow) <= kWorkersOffset && kWorkersOffset % 64 == 0);
static_assert(sizeof(ThreadRow) == 64);
static_assert(sizeof(WorkerRow) == 64);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

}  // namespace monoceros::scoreboard
