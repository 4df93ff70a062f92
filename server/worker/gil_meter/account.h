// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/fork_canary.h"

namespace monoceros::gil_meter {

// What the calling thread has waited for the GIL so far, in all its interpreters.
struct ThreadSums {
  base::Nanoseconds wait = 0;  // in take_gil, and forced switches in drop_gil
  uint64_t waits = 0;          // acquisitions that had to wait
  uint64_t switches = 0;       // forced switches
};
ThreadSums OwnSums();

// Where a process's waits are told as they go on; every thread writes, atomically.
struct ProcessGauge {
  std::atomic<uint64_t>* wait;        // grows by every piece of a wait
  std::atomic<uint64_t>* waits;       // acquisitions that had to wait
  std::atomic<int64_t>* acquired_at;  // CLOCK_MONOTONIC, of the last of them; may be null
  const base::ForkCanary* canary;     // may be null; in a forked child nothing is told
};

// Where one thread shows since when it waits (CLOCK_MONOTONIC; 0: it does not).
struct ThreadGauge {
  std::atomic<int64_t>* waiting_since;  // a copy for others to look at
  std::atomic<int64_t>* stamp;          // for the master's judgement; may be set by others before
  const base::ForkCanary* canary;
};

// Tells `gauge` of every wait of this process, while it lives. One at a time; what the gauge points
// at must outlive this, not more.
class TellProcess {
 public:
  explicit TellProcess(const ProcessGauge& gauge);
  ~TellProcess();
  TellProcess(const TellProcess&) = delete;
  TellProcess& operator=(const TellProcess&) = delete;

 private:
  const ProcessGauge gauge_;
};

// The same for waits of the thread that makes and destroys it.
class TellThread {
 public:
  explicit TellThread(const ThreadGauge& gauge);
  ~TellThread();
  TellThread(const TellThread&) = delete;
  TellThread& operator=(const TellThread&) = delete;

 private:
  const ThreadGauge gauge_;
};

// What take_gil and drop_gil call instead of pthread_cond_timedwait and pthread_cond_wait. They
// account for waits on CPython's struct _gil_runtime_state and pass all others on.
int AccountTimedWait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until);
int AccountWait(pthread_cond_t* condition, pthread_mutex_t* mutex);

}  // namespace monoceros::gil_meter
