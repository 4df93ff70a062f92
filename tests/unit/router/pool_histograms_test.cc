// SPDX-License-Identifier: Apache-2.0
#include "router/measure/pool_histograms.h"

#include <gtest/gtest.h>

#include <memory>

namespace monoceros::router {
namespace {

using scoreboard::PoolHistogram;

constexpr base::Nanoseconds kMs = base::kNanosecondsPerMillisecond;
constexpr TimeSplit kSplit{.queue = 1,
                           .application = 20 * kMs,
                           .gil_wait = 2 * kMs,
                           .cpu = 3 * kMs,
                           .run_queue = 4 * kMs,
                           .other = 11 * kMs,
                           .write = 5};

struct PoolHistogramsTest : testing::Test {
  uint64_t Count(PoolHistogram histogram, uint32_t offset = 0) const {
    uint64_t count = 0;
    for (const auto& bucket : At(histogram, offset).counts) count += bucket;
    return count;
  }
  uint64_t Sum(PoolHistogram histogram, uint32_t offset = 0) const {
    return At(histogram, offset).sum_nanoseconds;
  }
  const scoreboard::Histogram& At(PoolHistogram histogram, uint32_t offset) const {
    return row->histograms[static_cast<uint32_t>(histogram) + offset];
  }

  std::unique_ptr<scoreboard::RouterRow> row = std::make_unique<scoreboard::RouterRow>();
};

TEST_F(PoolHistogramsTest, every_part_of_a_request_is_counted_once) {
  Observe({.status = 200, .request = 25 * kMs, .split = kSplit}, *row);
  EXPECT_EQ(Sum(PoolHistogram::kQueue), 1U);
  EXPECT_EQ(Sum(PoolHistogram::kGilWait), 2U * kMs);
  EXPECT_EQ(Sum(PoolHistogram::kCpu), 3U * kMs);
  EXPECT_EQ(Sum(PoolHistogram::kRunQueue), 4U * kMs);
  EXPECT_EQ(Sum(PoolHistogram::kOther), 11U * kMs);
  EXPECT_EQ(Sum(PoolHistogram::kWrite), 5U);
  EXPECT_EQ(Sum(PoolHistogram::kRequest, 1), 25U * kMs);
  EXPECT_EQ(Sum(PoolHistogram::kApplication, 1), 20U * kMs);
  uint64_t all = 0;
  for (uint32_t i = 0; i < scoreboard::kPoolHistograms; ++i) all += Count(PoolHistogram::kQueue, i);
  EXPECT_EQ(all, 8U);
}

TEST_F(PoolHistogramsTest, requests_are_counted_by_the_class_of_their_status) {
  for (const int status : {499, 204, 301, 404, 500, 503}) {
    Observe({.status = status, .request = kMs, .split = kSplit}, *row);
  }
  for (const uint32_t one : {0, 1, 2, 3}) EXPECT_EQ(Count(PoolHistogram::kRequest, one), 1U) << one;
  EXPECT_EQ(Count(PoolHistogram::kRequest, 4), 2U);
  EXPECT_EQ(Count(PoolHistogram::kApplication, 4), 2U);
}

TEST_F(PoolHistogramsTest, what_is_not_measured_is_not_counted) {
  Observe({.status = 200, .request = kMs, .split = {.queue = 1, .application = kMs, .write = 1}},
          *row);
  EXPECT_EQ(Count(PoolHistogram::kGilWait), 0U);
  EXPECT_EQ(Count(PoolHistogram::kOther), 0U);
  EXPECT_EQ(Count(PoolHistogram::kApplication, 1), 1U);
}

TEST_F(PoolHistogramsTest, a_request_that_did_not_end_has_no_parts) {
  Observe({.status = 502, .request = kMs, .split = {.queue = 1, .cpu = 1, .other = 1}}, *row);
  EXPECT_EQ(Count(PoolHistogram::kQueue), 1U);
  EXPECT_EQ(Count(PoolHistogram::kCpu), 0U);
  EXPECT_EQ(Count(PoolHistogram::kRequest, 4), 1U);
}

TEST_F(PoolHistogramsTest, the_newest_trace_is_the_exemplar_of_its_bucket) {
  Observe({.status = 200, .request = 2 * kMs, .trace = TraceParent{{1, 2}, 3}}, *row);
  Observe({.status = 200, .request = kMs * 9 / 4, .trace = TraceParent{{4, 5}, 6}}, *row);
  Observe({.status = 200, .request = 2 * kMs}, *row);
  const scoreboard::Exemplar& kept = row->exemplars[1][scoreboard::BucketOf(2 * kMs)];
  EXPECT_EQ(kept.sequence, 4U) << "even: whole; two were written";
  EXPECT_EQ(kept.trace_id[0], 4U);
  EXPECT_EQ(kept.trace_id[1], 5U);
  EXPECT_EQ(kept.span_id, 6U);
  EXPECT_EQ(kept.nanoseconds, kMs * 9 / 4);
  EXPECT_NEAR(base::ToSeconds(kept.observed_at), base::ToSeconds(base::ReadClock(CLOCK_REALTIME)),
              60);
  EXPECT_EQ(row->exemplars[1][scoreboard::BucketOf(kMs * 4)].sequence, 0U) << "another bucket";
}

}  // namespace
}  // namespace monoceros::router
