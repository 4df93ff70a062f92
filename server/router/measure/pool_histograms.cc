// SPDX-License-Identifier: Apache-2.0
#include "router/measure/pool_histograms.h"

#include <atomic>

namespace monoceros::router {
namespace {

using scoreboard::PoolHistogram;

constexpr auto kRelaxed = std::memory_order_relaxed;
// Each store carries the odd sequence before it: a reader whose loads acquire sees that too.
constexpr auto kRelease = std::memory_order_release;

void Count(scoreboard::RouterRow& row, PoolHistogram histogram, uint32_t offset,
           base::Nanoseconds duration) {
  if (duration < 0) return;  // not known
  row.histograms[static_cast<uint32_t>(histogram) + offset].Observe(duration);
}

void Keep(const TraceParent& trace, base::Nanoseconds duration, scoreboard::Exemplar& exemplar) {
  const uint64_t sequence = exemplar.sequence.load(kRelaxed);
  exemplar.sequence.store(sequence + 1, kRelease);
  // A reader that sees a new field sees the odd number too; one that sees the even number below
  // sees every field.
  exemplar.trace_id[0].store(trace.trace_id[0], kRelease);
  exemplar.trace_id[1].store(trace.trace_id[1], kRelease);
  exemplar.span_id.store(trace.span_id, kRelease);
  exemplar.nanoseconds.store(duration, kRelease);
  exemplar.observed_at.store(base::ReadClock(CLOCK_REALTIME), kRelease);
  exemplar.sequence.store(sequence + 2, std::memory_order_release);
}

}  // namespace

void Observe(const Observation& observation, scoreboard::RouterRow& row) {
  const uint32_t status_class = scoreboard::StatusClass(observation.status);
  const TimeSplit& split = observation.split;
  Count(row, PoolHistogram::kRequest, status_class, observation.request);
  Count(row, PoolHistogram::kQueue, 0, split.queue);
  if (observation.trace) {
    const uint32_t bucket = scoreboard::BucketOf(observation.request);
    Keep(*observation.trace, observation.request, row.exemplars[status_class][bucket]);
  }
  if (split.application < 0) return;
  Count(row, PoolHistogram::kGilWait, 0, split.gil_wait);
  Count(row, PoolHistogram::kCpu, 0, split.cpu);
  Count(row, PoolHistogram::kRunQueue, 0, split.run_queue);
  Count(row, PoolHistogram::kOther, 0, split.other);
  Count(row, PoolHistogram::kWrite, 0, split.write);
  Count(row, PoolHistogram::kApplication, status_class, split.application);
}

}  // namespace monoceros::router
