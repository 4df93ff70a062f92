// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/counter_floor.h"

#include <gtest/gtest.h>

namespace monoceros::agent {
namespace {

Families One(Family family) { return {family.Take()}; }

TEST(CounterFloor, raises_a_counter_that_shrank) {
  CounterFloor floor;
  Families families = One(Counter("a_total", "").Add(5, {{"x", "1"}}).Add(2, {{"x", "2"}}));
  floor.Apply(families);
  families = One(Counter("a_total", "").Add(4, {{"x", "1"}}).Add(3, {{"x", "2"}}));
  floor.Apply(families);
  EXPECT_EQ(5, families[0].metric[0].counter.value);
  EXPECT_EQ(3, families[0].metric[1].counter.value);
}

TEST(CounterFloor, leaves_gauges_alone) {
  CounterFloor floor;
  Families families = One(Gauge("a", "").Add(5));
  floor.Apply(families);
  families = One(Gauge("a", "").Add(1));
  floor.Apply(families);
  EXPECT_EQ(1, families[0].metric[0].gauge.value);
}

TEST(CounterFloor, keeps_the_buckets_of_a_histogram_cumulated) {
  CounterFloor floor;
  scoreboard::HistogramCopy copy;
  copy.counts[0] = 3;
  copy.counts[2] = 2;
  copy.sum_nanoseconds = 9;
  Families families = One(Histogram("a", "").Add(copy, {}));
  floor.Apply(families);
  copy.counts[0] = 2;  // torn: one is missing, another is new
  copy.counts[1] = 1;
  copy.counts[2] = 1;
  copy.sum_nanoseconds = 8;
  families = One(Histogram("a", "").Add(copy, {}));
  floor.Apply(families);
  const auto& histogram = families[0].metric[0].histogram;
  EXPECT_EQ(3u, histogram.bucket[0].cumulative_count);
  EXPECT_EQ(3u, histogram.bucket[1].cumulative_count);
  EXPECT_EQ(5u, histogram.bucket[2].cumulative_count);
  EXPECT_EQ(5u, histogram.sample_count);
  EXPECT_DOUBLE_EQ(9e-9, histogram.sample_sum);
}

TEST(CounterFloor, forgets_when_told) {
  CounterFloor floor;
  Families families = One(Counter("a_total", "").Add(5));
  floor.Apply(families);
  floor.Reset();
  families = One(Counter("a_total", "").Add(1));
  floor.Apply(families);
  EXPECT_EQ(1, families[0].metric[0].counter.value);
}

}  // namespace
}  // namespace monoceros::agent
