// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/loop_meter.h"

#include <unistd.h>

#include <utility>

namespace monoceros::worker {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// There is one writer, so that a locked instruction is not needed.
void Add(std::atomic<uint64_t>& sum, base::Nanoseconds amount) {
  if (amount > 0) sum.store(sum.load(kRelaxed) + static_cast<uint64_t>(amount), kRelease);
}

// Whoever reads the row sees that `sequence` is odd, or another than before, when it saw any of
// what `change` stores.
void Change(scoreboard::ThreadRow& row, auto change) {
  const uint64_t writing = row.sequence.load(kRelaxed) | 1;
  row.sequence.store(writing, kRelease);
  change();
  row.sequence.store(writing + 1, kRelease);
}

}  // namespace

LoopMeter::LoopMeter(scoreboard::WorkerRow& worker, scoreboard::ThreadRow& row,
                     scoreboard::ThreadStamp& stamp, const base::ForkCanary& canary,
                     const Accounting& accounting, bool exact)
    : worker_(worker),
      row_(row),
      stamp_(stamp),
      canary_(canary),
      accounting_(accounting),
      exact_(exact),
      woke_at_(base::MonotonicNow()),
      cpu_(base::ThreadCpuNow()),
      gil_wait_(0),
      run_queue_waited_(run_queue_.Read()) {
  if (accounting.gil == scoreboard::GilMeterState::kMeasured) {
    tell_.emplace(
        gil_meter::ThreadGauge{&row_.gil_waiting_since, &stamp_.gil_waiting_since, &canary_});
  }
  gil_wait_ = GilWait();
  stamp_.busy_since.store(woke_at_, kRelaxed);
  Change(row_, [&] { row_.native_id.store(static_cast<uint32_t>(::gettid()), kRelease); });
  if (exact_) observe_.emplace(*this);
}

LoopMeter::~LoopMeter() {
  if (canary_.InChild()) return;
  Beat();
  observe_.reset();
  stamp_.busy_since.store(0, kRelaxed);
  Change(row_, [&] { row_.native_id.store(0, kRelease); });
}

void LoopMeter::Beat() {
  if (canary_.InChild()) return;
  const base::Nanoseconds cpu = base::ThreadCpuNow();
  const base::Nanoseconds gil_wait = GilWait(), waited = run_queue_.Read();
  const base::Nanoseconds used = cpu - std::exchange(cpu_, cpu);
  Change(row_, [&] {
    if (accounting_.cpu) Add(row_.cpu_nanoseconds, used);
    Add(row_.gil_wait_nanoseconds, gil_wait - std::exchange(gil_wait_, gil_wait));
    Add(row_.run_queue_nanoseconds, waited - std::exchange(run_queue_waited_, waited));
  });
  if (exact_) return;
  Add(worker_.loop_busy_nanoseconds, used);
  // Between two beats nobody knows whether it turns: its turn counts from when the next is due.
  stamp_.busy_since.store(base::MonotonicNow() + base::kNanosecondsPerSecond, kRelaxed);
}

void LoopMeter::CountRequest() {
  Change(row_, [&] { Add(row_.requests, 1); });
}

void LoopMeter::OnSleep() {
  if (canary_.InChild()) return;
  const base::Nanoseconds now = base::MonotonicNow();
  Add(worker_.loop_busy_nanoseconds, now - woke_at_);
  if (now - woke_at_ >= scoreboard::kLongTurn) {
    stamp_.long_turn_began.store(woke_at_, kRelaxed);
    stamp_.long_turn_ended.store(now, kRelease);
  }
  stamp_.busy_since.store(0, kRelaxed);
}

void LoopMeter::OnWake() {
  if (canary_.InChild()) return;
  woke_at_ = base::MonotonicNow();
  stamp_.busy_since.store(woke_at_, kRelaxed);
}

base::Nanoseconds LoopMeter::GilWait() const {
  return tell_.has_value() ? gil_meter::OwnSums().wait : 0;
}

}  // namespace monoceros::worker
