// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/meter.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace monoceros::worker {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
// Each store carries the odd sequence before it: a reader whose loads acquire sees that too.
constexpr auto kRelease = std::memory_order_release;
constexpr base::Nanoseconds kInterval = base::kNanosecondsPerSecond;

// There is one writer, so that a locked instruction is not needed.
void Add(std::atomic<uint64_t>& sum, base::Nanoseconds amount) {
  if (amount > 0) sum.store(sum.load(kRelaxed) + static_cast<uint64_t>(amount), kRelease);
}

void StoreText(scoreboard::ThreadRow& row, std::string_view method, std::string_view path) {
  std::array<char, scoreboard::kRequestTextBytes> text{};
  const size_t method_bytes = std::min(method.size(), text.size() - 1);
  std::memcpy(text.data(), method.data(), method_bytes);
  text[method_bytes] = ' ';
  const size_t path_at = method_bytes + 1;
  std::memcpy(text.data() + path_at, path.data(), std::min(path.size(), text.size() - path_at));
  for (size_t word = 0; word < std::size(row.request_text); ++word) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data() + word * sizeof bytes, sizeof bytes);
    row.request_text[word].store(bytes, kRelease);
  }
}

void ClearText(scoreboard::ThreadRow& row) {
  for (std::atomic<uint64_t>& word : row.request_text) word.store(0, kRelease);
}

}  // namespace

ThreadMeter::ThreadMeter(scoreboard::ThreadRow& row, scoreboard::ThreadStamp& stamp,
                         const base::ForkCanary& canary, const Accounting& accounting)
    : row_(row),
      stamp_(stamp),
      canary_(canary),
      accounting_(accounting),
      gil_measured_(accounting.gil == scoreboard::GilMeterState::kMeasured),
      run_queue_added_(run_queue_.Read()),
      run_queue_added_at_(base::MonotonicNow()) {
  if (accounting_.cpu) cpu_began_ = base::ThreadCpuNow();
  if (gil_measured_) {
    tell_.emplace(
        gil_meter::ThreadGauge{&row_.gil_waiting_since, &stamp_.gil_waiting_since, &canary_});
  }
  Change([&] { row_.native_id.store(static_cast<uint32_t>(::gettid()), kRelease); });
}

ThreadMeter::~ThreadMeter() {
  if (canary_.InChild()) return;
  AddRunQueue(base::MonotonicNow());
  Change([&] { row_.native_id.store(0, kRelease); });
}

// Whoever reads the row sees that `sequence` is odd, or another than before, when it saw any of
// what `change` stores.
void ThreadMeter::Change(auto change) {
  const uint64_t writing = row_.sequence.load(kRelaxed) | 1;
  row_.sequence.store(writing, kRelease);
  change();
  row_.sequence.store(writing + 1, std::memory_order_release);
}

void ThreadMeter::Begin(const channel::Exchange& exchange) {
  since_ = exchange.taken_at();
  reported_ = false;
  gil_wait_began_ = GilWait();
  if (accounting_.request_run_queue) run_queue_began_ = run_queue_.Read();
  stamp_.busy_since.store(since_, kRelaxed);
  Change([&] {
    row_.busy_since.store(since_, kRelease);
    row_.request_id.store(exchange.request_id(), kRelease);
  });
}

void ThreadMeter::Name(std::string_view method, std::string_view path) {
  Change([&] { StoreText(row_, method, path); });
}

void ThreadMeter::Report(channel::Exchange& exchange) {
  channel::RequestTimes times;
  if (gil_measured_) times.gil_wait = GilWait() - gil_wait_began_;
  if (accounting_.cpu) {
    cpu_ended_ = base::ThreadCpuNow();
    times.cpu = cpu_ended_ - cpu_began_;
    reported_ = true;
  }
  if (run_queue_began_ >= 0) times.run_queue = run_queue_.Read() - run_queue_began_;
  exchange.ReportTimes(times);
}

void ThreadMeter::End() {
  const base::Nanoseconds now = base::MonotonicNow();
  if (accounting_.cpu && !reported_) cpu_ended_ = base::ThreadCpuNow();
  Change([&] {
    Add(row_.busy_nanoseconds, now - since_);
    Add(row_.cpu_nanoseconds, cpu_ended_ - cpu_began_);
    Add(row_.gil_wait_nanoseconds, GilWait() - gil_wait_began_);
    Add(row_.requests, 1);
    row_.busy_since.store(0, kRelease);
    row_.request_id.store(0, kRelease);
    ClearText(row_);
  });
  stamp_.busy_since.store(0, kRelaxed);
  cpu_began_ = cpu_ended_;
  if (accounting_.request_run_queue || now - run_queue_added_at_ >= kInterval) AddRunQueue(now);
}

base::Nanoseconds ThreadMeter::GilWait() const {
  return gil_measured_ ? gil_meter::OwnSums().wait : 0;
}

void ThreadMeter::AddRunQueue(base::Nanoseconds now) {
  const base::Nanoseconds waited = run_queue_.Read();
  Add(row_.run_queue_nanoseconds, waited - run_queue_added_);
  run_queue_added_ = waited;
  run_queue_added_at_ = now;
}

}  // namespace monoceros::worker
