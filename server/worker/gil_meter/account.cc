// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/account.h"

#include <sched.h>

namespace monoceros::gil_meter {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// The functions that the interpreter calls have no argument of ours, so these cannot be members.
struct Thread {
  ThreadSums sums;
  base::Nanoseconds since = 0;  // of the acquisition that waits; 0: none
  const ThreadGauge* gauge = nullptr;
};
constinit thread_local Thread self;

constinit std::atomic<const ProcessGauge*> process_gauge = nullptr;
constinit std::atomic<uint32_t> telling = 0;  // threads that look at process_gauge now

// CPython 3.11 to 3.14, Include/internal/pycore_gil.h: ... int locked; unsigned long switch_number;
// cond; mutex; switch_cond; switch_mutex.
bool LooksLikeGil(const pthread_cond_t* condition, const pthread_mutex_t* mutex) {
  return reinterpret_cast<const char*>(mutex) - reinterpret_cast<const char*>(condition) ==
         sizeof(pthread_cond_t);
}

// Read with the GIL's mutex: when it is free now, the caller is the one who takes it.
bool IsFree(const pthread_cond_t* condition) {
  constexpr size_t kBeforeCondition = 2 * sizeof(long);
  const auto* const locked = reinterpret_cast<const char*>(condition) - kBeforeCondition;
  return __atomic_load_n(reinterpret_cast<const int*>(locked), __ATOMIC_RELAXED) == 0;
}

bool InChild(const base::ForkCanary* canary) { return canary != nullptr && canary->InChild(); }

template <typename Tell>
void ToProcess(Tell tell) {
  // seq_cst with TellProcess's destructor: either it sees us, or we see that it took the gauge
  // away.
  telling.fetch_add(1, std::memory_order_seq_cst);
  const ProcessGauge* const gauge = process_gauge.load(std::memory_order_seq_cst);
  if (gauge != nullptr && !InChild(gauge->canary)) tell(*gauge);
  telling.fetch_sub(1, std::memory_order_release);
}

void ShowSince(base::Nanoseconds since) {
  self.since = since;
  if (self.gauge == nullptr || InChild(self.gauge->canary)) return;
  self.gauge->waiting_since->store(since, kRelaxed);
  // The worker's own stamp of the same wait is a little older: it stays, and is taken back there.
  if (since == 0 || self.gauge->stamp->load(kRelaxed) == 0) {
    self.gauge->stamp->store(since, kRelaxed);
  }
}

void Add(base::Nanoseconds waited, bool acquired, base::Nanoseconds now) {
  self.sums.wait += waited;
  if (acquired) ++self.sums.waits;
  ToProcess([&](const ProcessGauge& gauge) {
    gauge.wait->fetch_add(static_cast<uint64_t>(waited), kRelaxed);
    if (!acquired) return;
    gauge.waits->fetch_add(1, kRelaxed);
    if (gauge.acquired_at != nullptr) gauge.acquired_at->store(now, kRelaxed);
  });
}

}  // namespace

ThreadSums OwnSums() { return self.sums; }

TellProcess::TellProcess(const ProcessGauge& gauge) : gauge_(gauge) {
  process_gauge.store(&gauge_, std::memory_order_seq_cst);
}

TellProcess::~TellProcess() {
  process_gauge.store(nullptr, std::memory_order_seq_cst);
  // In a forked child threads that were telling are not there to end it.
  while (!InChild(gauge_.canary) && telling.load(std::memory_order_seq_cst) != 0) ::sched_yield();
}

TellThread::TellThread(const ThreadGauge& gauge) : gauge_(gauge) { self.gauge = &gauge_; }

TellThread::~TellThread() { self.gauge = nullptr; }

int AccountTimedWait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  if (!LooksLikeGil(condition, mutex)) return ::pthread_cond_timedwait(condition, mutex, until);
  const base::Nanoseconds begin = base::MonotonicNow();
  // One acquisition waits in pieces of the switch interval.
  if (self.since == 0) ShowSince(begin);
  const int status = ::pthread_cond_timedwait(condition, mutex, until);
  const base::Nanoseconds end = base::MonotonicNow();
  const bool acquired = IsFree(condition);
  if (acquired) ShowSince(0);
  Add(end - begin, acquired, end);
  return status;
}

int AccountWait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (!LooksLikeGil(condition, mutex)) return ::pthread_cond_wait(condition, mutex);
  const base::Nanoseconds begin = base::MonotonicNow();
  const int status = ::pthread_cond_wait(condition, mutex);
  const base::Nanoseconds end = base::MonotonicNow();
  ++self.sums.switches;
  Add(end - begin, false, end);
  return status;
}

}  // namespace monoceros::gil_meter
