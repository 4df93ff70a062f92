// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "scoreboard/histogram.h"

namespace monoceros::scoreboard {

// The scoreboard: one shared file that says what every process of the pool does. Fixed layout, no
// pointers, one writer per field (named beside it), readable while written: all fields are atomics,
// stored and loaded relaxed, so a reader sees each field whole but no order between fields; but
// where a `sequence` stands, stores release and loads acquire. docs/scoreboard.md gives the layout
// byte by byte.

inline constexpr uint64_t kMagic = 0x31'42'53'4F'4E'4F'4D'00;  // "\0MONOSB1" on little-endian
inline constexpr uint32_t kVersion = 1;

enum class WorkerState : uint32_t {
  kEmpty = 0,     // the row is unused
  kStarting = 1,  // forked, application not ready
  kReady = 2,     // takes requests
  kDraining = 3,  // finishes what it has
  kExited = 4,    // gone; the row waits for a replacement
};

// Why a worker ended that had been forked.
enum class RestartReason : uint32_t {
  kCrash = 0,        // it died on its own
  kOutOfMemory = 1,  // the kernel's OOM killer chose it
  kTimeout = 2,      // killed by `timeout`
  kBootTimeout = 3,  // killed by `boot_timeout`
  kMaxRequests = 4,
  kSignal = 5,   // it was asked for by a signal to the worker
  kCommand = 6,  // a restart of one worker was ordered
  kReload = 7,   // replaced by another generation, class or thread count
  kScale = 8,    // fewer workers are wanted
};
inline constexpr uint32_t kRestartReasons = 9;

// Whether the GIL wait of a worker is known.
enum class GilMeterState : uint32_t {
  kUnknown = 0,        // the worker has not said yet
  kMeasured = 1,       // the self-test counted what it should
  kUnavailable = 2,    // the interpreter is not one that the meter understands
  kNotApplicable = 3,  // a free-threaded interpreter
};

// Which time limit of a client ended its connection.
enum class ClientTimeout : uint32_t { kHeader = 0, kBody = 1, kSend = 2, kQueue = 3 };
inline constexpr uint32_t kClientTimeouts = 4;

// Where a client's connection is.
enum class ConnectionState : uint32_t {
  kIdle = 0,      // no request, or none yet
  kReading = 1,   // a head or a body is arriving
  kWaiting = 2,   // its request is queued or runs
  kWriting = 3,   // its response is on the way
  kUpgraded = 4,  // it has switched protocols
};
// Of HTTP; what has switched protocols is counted by RouterRow::upgraded.
inline constexpr uint32_t kConnectionStates = 4;

// The state of the wanted state that changes a running pool.
enum class LiveState : uint32_t {
  kConverged = 0,
  kProgressing = 1,
  kFailed = 2,  // rolled back to what it was
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
  std::atomic<uint32_t> threads_wanted;
  std::atomic<uint32_t> live_state;  // LiveState
  std::atomic<uint64_t> live_revision;
  std::atomic<uint64_t> restarts[kRestartReasons];  // by RestartReason
  std::atomic<uint64_t> reloads_ok;
  std::atomic<uint64_t> reloads_failed;
  std::atomic<uint32_t> draining;  // 1: the server ends, or was told to take nothing new
  std::atomic<int32_t> master_pid;
  std::atomic<int64_t> last_reload_at;  // ns, of the last one that ended; 0: none
  std::atomic<uint32_t> last_reload_ok;
  std::atomic<uint32_t> accounting;          // 0 wall, 1 full: CPU and GIL wait too
  std::atomic<uint64_t> master_rss_bytes;    // every 5 s, as all below
  std::atomic<uint64_t> router_rss_bytes;    // of the router process
  std::atomic<uint64_t> template_rss_bytes;  // of the template process; 0: none
  std::atomic<uint64_t> master_cpu_nanoseconds;
  std::atomic<uint64_t> router_cpu_nanoseconds;
  std::atomic<uint64_t> all_pss_bytes;     // of all processes, every 60 s; 0: not known yet
  std::atomic<uint64_t> cgroup_memory;     // memory.current without inactive file pages
  std::atomic<uint64_t> cgroup_limit;      // memory.max; 0: none
  std::atomic<uint64_t> cgroup_cpu_quota;  // ns of CPU a second of wall time; 0: none
  std::atomic<uint64_t> cgroup_cpu_nanoseconds;
  std::atomic<uint64_t> cgroup_periods;
  std::atomic<uint64_t> cgroup_throttled_periods;
  std::atomic<uint64_t> cgroup_throttled_nanoseconds;
  std::atomic<char> worker_class[16];  // wanted, NUL-padded
};

// Histograms of the pool, by their index in RouterRow::histograms.
enum class PoolHistogram : uint32_t {
  kQueue = 0,         // complete enough to dispatch -> taken
  kGilWait = 1,       // within taken -> response ended, as the three below
  kCpu = 2,           // on a core
  kRunQueue = 3,      // runnable without a core; only where it is read per request
  kOther = 4,         // what remains: I/O, locks, sleep
  kWrite = 5,         // response ended -> last byte given to the kernel
  kRequest = 6,       // five, by StatusClass: complete enough to dispatch -> last byte given
  kApplication = 11,  // five, by StatusClass: taken -> response ended
};
inline constexpr uint32_t kStatusClasses = 5;  // none (499), 2xx, 3xx, 4xx, 5xx
inline constexpr uint32_t kPoolHistograms = 16;

// The index of a status code's class among the five.
constexpr uint32_t StatusClass(int status) {
  return status < 200 || status == 499 || status > 599 ? 0
                                                       : static_cast<uint32_t>(status / 100 - 1);
}

// Written by the router.
struct RouterRow {
  std::atomic<int64_t> beat_at;                       // ns, at least once a second
  std::atomic<uint32_t> connections;                  // open now
  std::atomic<uint32_t> queued;                       // requests waiting for a worker
  std::atomic<uint32_t> in_flight;                    // exchanges taken
  std::atomic<uint32_t> streams;                      // beside them: upgraded or endless, in loops
  std::atomic<uint32_t> by_state[kConnectionStates];  // connections by ConnectionState
  std::atomic<uint64_t> accepted;                     // connections ever
  std::atomic<uint64_t> requests;                     // responses completed
  std::atomic<uint64_t> responses_by_class[6];        // [status / 100]; [0]: no response (499)
  std::atomic<uint64_t> queue_nanoseconds;            // sum over requests
  std::atomic<uint64_t> application_nanoseconds;
  std::atomic<uint64_t> shed;                       // refused at entry with 503
  std::atomic<uint64_t> abandoned;                  // client left while queued
  std::atomic<uint64_t> refused;                    // by the parser or the framing policy: 4xx, 501
  std::atomic<uint64_t> timeouts[kClientTimeouts];  // by ClientTimeout
  std::atomic<uint64_t> request_body_bytes;
  std::atomic<uint64_t> response_bytes;
  std::atomic<uint64_t> buffer_bytes;  // held in memory now (router_memory)
  std::atomic<uint64_t> spool_bytes;   // held in spool files now (spool_limit)
  std::atomic<uint64_t> log_lines_dropped;
  std::atomic<uint32_t> backlog;        // connections in the kernel's accept queues, each second
  std::atomic<uint32_t> backlog_limit;  // what they hold together
  std::atomic<uint64_t> backlog_overflows;  // of the network namespace, since the router started
  std::atomic<uint64_t> mean_service_nanoseconds;  // moving mean that predicts the wait
  std::atomic<uint64_t> disrupted;                 // requests whose worker died while it ran them
  std::atomic<uint32_t> upgraded;                  // connections that have switched protocols
  alignas(64) Histogram histograms[kPoolHistograms];
  // The newest request with a trace of each bucket of the five kRequest histograms.
  Exemplar exemplars[kStatusClasses][kBuckets];
};

// One thread of a worker; written by that thread, after its process died by the master (which then
// ends what it left open). `sequence` is odd while the fields of the first line and the request
// are being changed: read it before and after (ReadThread of reader.h).
struct alignas(64) ThreadRow {
  std::atomic<uint64_t> sequence;
  std::atomic<int64_t> busy_since;              // ns, CLOCK_MONOTONIC; 0: idle
  std::atomic<uint64_t> busy_nanoseconds;       // integral of finished requests
  std::atomic<uint64_t> cpu_nanoseconds;        // of finished requests; 0 where not measured
  std::atomic<uint64_t> gil_wait_nanoseconds;   // of finished requests; 0 where not measured
  std::atomic<uint64_t> run_queue_nanoseconds;  // of the thread, every second or per request
  std::atomic<uint64_t> requests;
  std::atomic<uint64_t> request_id;  // of the exchange it serves; 0: none
  // --- the next line ---
  std::atomic<uint32_t> native_id;  // gettid() in the worker's PID namespace; 0: no thread
  std::atomic<uint32_t> reserved;
  std::atomic<int64_t> gil_waiting_since;  // ns; 0: it does not wait for the GIL
  std::atomic<uint64_t> request_text[14];  // "METHOD /path", cut, NUL-padded, 8 bytes at a time
};
inline constexpr size_t kRequestTextBytes = 14 * 8;

// One worker slot; a replacement reuses it. Written by the master, the last line by the worker.
struct alignas(64) WorkerRow {
  std::atomic<uint32_t> state;  // WorkerState
  std::atomic<int32_t> pid;
  std::atomic<uint32_t> incarnation;
  std::atomic<uint32_t> generation;
  std::atomic<int64_t> started_at;  // ns
  std::atomic<uint32_t> threads;    // thread rows in use
  std::atomic<uint32_t> capacity;
  std::atomic<char> worker_class[16];  // NUL-padded
  std::atomic<uint64_t> rss_bytes;     // every 5 s
  std::atomic<uint64_t> pss_bytes;     // every 60 s; 0: not known yet
  // --- sums over all incarnations of the slot ---
  alignas(64) std::atomic<uint64_t> cpu_nanoseconds;  // of the process, every second
  std::atomic<uint64_t> run_queue_nanoseconds;        // of its threads, every second
  std::atomic<uint64_t> restarts;                     // incarnations that ended
  std::atomic<uint64_t> stalls;                       // loops that did not turn (loop classes)
  // --- written by the worker's threads; sums over all incarnations of the slot ---
  alignas(64) std::atomic<uint64_t> gil_wait_nanoseconds;  // of every thread of the process
  std::atomic<uint64_t> gil_waits;
  std::atomic<uint32_t> gil_meter;  // GilMeterState
  std::atomic<uint32_t> reserved;
  std::atomic<uint64_t> loop_busy_nanoseconds;  // loop classes: not waiting for events
};

// Where things are, in bytes from the start: header, router row, then one block per worker slot:
// its WorkerRow followed by its ThreadRows.
inline constexpr uint64_t kRouterOffset = 512;
inline constexpr uint64_t kWorkersOffset = 8192;
inline constexpr uint32_t kMaxWorkerRows = 4096;
inline constexpr uint32_t kMaxThreadsPerWorker = 4096;

constexpr uint64_t WorkerRowBytes(uint32_t threads_per_worker) {
  return sizeof(WorkerRow) + uint64_t{threads_per_worker} * sizeof(ThreadRow);
}

static_assert(sizeof(Header) <= kRouterOffset);
static_assert(kRouterOffset + sizeof(RouterRow) <= kWorkersOffset && kWorkersOffset % 64 == 0);
static_assert(sizeof(ThreadRow) == 192);
static_assert(sizeof(WorkerRow) == 192);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

}  // namespace monoceros::scoreboard
