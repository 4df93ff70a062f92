// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/app_metrics_merge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace monoceros::agent {
namespace {

AppMetricsName Writer(AppMetricType type, const std::string& mode, std::optional<uint32_t> slot) {
  return {type, mode, slot, false};
}

AppMetricEntry Entry(const std::string& family, const std::string& suffix, double value,
                     std::map<std::string, std::string> labels = {}, double time = 0) {
  return {family, family + suffix, std::move(labels), "Help.", value, time};
}

// The value of a gauge that slots 1, 2 and 3 set to 5, 2 and 7, at the times 10, 30 and 20.
double Combined(const std::string& mode) {
  AppMetricsMerge merge;
  merge.Add(Writer(AppMetricType::kGauge, mode, 1), {Entry("g", "", 5, {}, 10)});
  merge.Add(Writer(AppMetricType::kGauge, mode, 2), {Entry("g", "", 2, {}, 30)});
  merge.Add(Writer(AppMetricType::kGauge, mode, 3), {Entry("g", "", 7, {}, 20)});
  const Families families = merge.Take();
  EXPECT_EQ(1u, families.at(0).metric.size()) << mode;
  return families[0].metric[0].gauge.value;
}

TEST(AppMetricsMerge, sums_counters_by_label) {
  AppMetricsMerge merge;
  for (const uint32_t slot : {0u, 1u}) {
    merge.Add(Writer(AppMetricType::kCounter, "", slot),
              {Entry("c", "_total", 2, {{"l", "a"}}), Entry("c", "_total", 1, {{"l", "b"}})});
  }
  const Families families = merge.Take();
  ASSERT_EQ(1u, families.size());
  EXPECT_EQ("c_total", families[0].name);
  EXPECT_EQ("Help.", families[0].help);
  ASSERT_EQ(2u, families[0].metric.size());
  EXPECT_EQ(4, families[0].metric[0].counter.value);
  EXPECT_EQ(2, families[0].metric[1].counter.value);
}

TEST(AppMetricsMerge, combines_gauges_by_their_mode) {
  for (const std::string live : {"", "live"}) {
    EXPECT_EQ(2, Combined(live + "min"));
    EXPECT_EQ(7, Combined(live + "max"));
    EXPECT_EQ(14, Combined(live + "sum"));
    EXPECT_EQ(2, Combined(live + "mostrecent"));
  }
}

TEST(AppMetricsMerge, keeps_the_gauges_of_mode_all_apart_by_slot) {
  AppMetricsMerge merge;
  merge.Add({AppMetricType::kGauge, "all", 2, true}, {Entry("g", "", 9)});
  merge.Add(Writer(AppMetricType::kGauge, "all", 1), {Entry("g", "", 5)});
  merge.Add(Writer(AppMetricType::kGauge, "all", 2), {Entry("g", "", 6)});
  const Families families = merge.Take();
  ASSERT_EQ(2u, families.at(0).metric.size());
  EXPECT_EQ("pid", families[0].metric[0].label.at(0).name);
  EXPECT_EQ("1", families[0].metric[0].label.at(0).value);
  EXPECT_EQ(5, families[0].metric[0].gauge.value);
  EXPECT_EQ(6, families[0].metric[1].gauge.value);
}

TEST(AppMetricsMerge, leaves_out_gauges_that_templates_and_children_only_declared) {
  AppMetricsMerge merge;
  merge.Add(Writer(AppMetricType::kGauge, "min", {}), {Entry("g", "", 0), Entry("h", "", 3)});
  merge.Add({AppMetricType::kGauge, "min", 1, true}, {Entry("g", "", 0)});
  merge.Add(Writer(AppMetricType::kGauge, "min", 1), {Entry("g", "", 5)});
  const Families families = merge.Take();
  ASSERT_EQ(2u, families.size());
  EXPECT_EQ(5, families[0].metric.at(0).gauge.value);
  EXPECT_EQ(3, families[1].metric.at(0).gauge.value);
}

TEST(AppMetricsMerge, cumulates_the_buckets_of_histograms) {
  AppMetricsMerge merge;
  for (const uint32_t slot : {0u, 1u}) {
    merge.Add(
        Writer(AppMetricType::kHistogram, "", slot),
        {Entry("h", "_bucket", 4, {{"le", "+Inf"}}), Entry("h", "_bucket", 1, {{"le", "0.5"}}),
         Entry("h", "_bucket", 2, {{"le", "10.0"}}), Entry("h", "_sum", 3.5)});
  }
  const Families families = merge.Take();
  const auto& histogram = families.at(0).metric.at(0).histogram;
  ASSERT_EQ(3u, histogram.bucket.size());
  EXPECT_EQ(0.5, histogram.bucket[0].upper_bound);
  EXPECT_EQ(2u, histogram.bucket[0].cumulative_count);
  EXPECT_EQ(6u, histogram.bucket[1].cumulative_count);
  EXPECT_EQ(14u, histogram.bucket[2].cumulative_count);
  EXPECT_EQ(14u, histogram.sample_count);
  EXPECT_EQ(7, histogram.sample_sum);
}

TEST(AppMetricsMerge, sums_summaries) {
  AppMetricsMerge merge;
  for (const uint32_t slot : {0u, 1u}) {
    merge.Add(Writer(AppMetricType::kSummary, "", slot),
              {Entry("s", "_count", 4), Entry("s", "_sum", 1.5)});
  }
  const Families families = merge.Take();
  EXPECT_EQ(8u, families.at(0).metric.at(0).summary.sample_count);
  EXPECT_EQ(3, families[0].metric[0].summary.sample_sum);
}

TEST(AppMetricsMerge, leaves_out_names_of_ours_and_changes_of_type) {
  AppMetricsMerge merge;
  EXPECT_FALSE(merge.Add(Writer(AppMetricType::kGauge, "sum", 1), {Entry("monoceros_x", "", 1)}));
  EXPECT_TRUE(merge.Add(Writer(AppMetricType::kGauge, "sum", 1), {Entry("a_total", "", 1)}));
  EXPECT_FALSE(merge.Add(Writer(AppMetricType::kCounter, "", 1), {Entry("a", "_total", 1)}));
  EXPECT_FALSE(merge.Add(Writer(AppMetricType::kGauge, "max", 2), {Entry("a_total", "", 9)}));
  const Families families = merge.Take();
  ASSERT_EQ(1u, families.size());
  EXPECT_EQ(1, families[0].metric.at(0).gauge.value);
}

TEST(AppMetricsMerge, survives_numbers_that_are_no_counts) {
  AppMetricsMerge merge;
  const double bad[] = {-5, 1e300, std::nan(""), std::numeric_limits<double>::infinity()};
  std::vector<AppMetricEntry> entries;
  for (const double value : bad) {
    entries.push_back(Entry("h", "_bucket", value, {{"le", std::to_string(value)}}));
    entries.push_back(Entry("h", "_bucket", value, {{"le", "no number"}}));
  }
  EXPECT_TRUE(merge.Add(Writer(AppMetricType::kHistogram, "", 1), entries));
  EXPECT_EQ(1u, merge.Take().size());
}

}  // namespace
}  // namespace monoceros::agent
