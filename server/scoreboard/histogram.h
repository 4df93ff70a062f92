// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>

namespace monoceros::scoreboard {

// Upper bounds of the buckets, in nanoseconds, each inclusive; the last bucket has none.
inline constexpr int64_t kBucketBounds[] = {
    500'000,       1'000'000,     2'500'000,     5'000'000,      10'000'000,
    25'000'000,    50'000'000,    100'000'000,   250'000'000,    500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000,
};
inline constexpr uint32_t kBuckets = std::size(kBucketBounds) + 1;

constexpr uint32_t BucketOf(int64_t nanoseconds) {
  return static_cast<uint32_t>(
      std::lower_bound(std::begin(kBucketBounds), std::end(kBucketBounds), nanoseconds) -
      std::begin(kBucketBounds));
}

// Durations, counted by bucket (not cumulated) and summed. One writer, relaxed.
struct Histogram {
  std::atomic<uint64_t> counts[kBuckets];
  std::atomic<uint64_t> sum_nanoseconds;

  // REQUIRES: the caller is the only writer. A negative duration counts as 0.
  void Observe(int64_t nanoseconds) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const int64_t value = std::max<int64_t>(0, nanoseconds);
    std::atomic<uint64_t>& count = counts[BucketOf(value)];
    count.store(count.load(kRelaxed) + 1, kRelaxed);
    sum_nanoseconds.store(sum_nanoseconds.load(kRelaxed) + static_cast<uint64_t>(value), kRelaxed);
  }
};

// One observation with the trace that it belongs to (W3C Trace Context). `sequence` is odd while
// it is being changed; 0: there is none.
struct Exemplar {
  std::atomic<uint64_t> sequence;
  std::atomic<uint64_t> trace_id[2];  // high half first
  std::atomic<uint64_t> span_id;
  std::atomic<int64_t> nanoseconds;  // the value
  std::atomic<int64_t> observed_at;  // ns since the epoch
};

static_assert(sizeof(Histogram) == 128);
static_assert(sizeof(Exemplar) == 48);

}  // namespace monoceros::scoreboard
