// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/app_metrics_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "app_metric_files.h"

namespace monoceros::agent {
namespace {

constexpr char kKey[] = R"(["jobs", "jobs_total", {"queue": "a\"\nb", "x": "\u00e9"}, "Jobs."])";

std::optional<std::vector<AppMetricEntry>> ParseKey(const std::string& key) {
  return ParseAppMetrics(AppMetricsBytes().Add(key, 1).Take(), AppMetricType::kCounter);
}

TEST(AppMetricsName, tells_type_mode_and_writer) {
  const auto counter = ParseAppMetricsName("counter_3.db");
  ASSERT_TRUE(counter);
  EXPECT_EQ(AppMetricType::kCounter, counter->type);
  EXPECT_EQ(3u, counter->slot);
  EXPECT_FALSE(counter->forked);
  const auto gauge = ParseAppMetricsName("gauge_livemostrecent_12-8812.db");
  ASSERT_TRUE(gauge);
  EXPECT_EQ("livemostrecent", gauge->mode);
  EXPECT_EQ(12u, gauge->slot);
  EXPECT_TRUE(gauge->forked);
  const auto shared = ParseAppMetricsName("summary_template.db");
  ASSERT_TRUE(shared);
  EXPECT_FALSE(shared->slot);
}

TEST(AppMetricsName, refuses_what_our_processes_do_not_make) {
  for (const char* name :
       {"", ".db", "counter.db", "counter_.db", "counter_x.db", "counter_3", "gauge_3.db",
        "gauge_most_3.db", "gauge_all_.db", "info_3.db", "counter_3-.db", "counter_3-4x.db",
        "counter_99999999999.db", "counter_-3.db", "counter_templates.db"}) {
    EXPECT_FALSE(ParseAppMetricsName(name)) << name;
  }
}

TEST(AppMetricsFile, reads_entries_with_their_times) {
  const auto entries = ParseAppMetrics(
      AppMetricsBytes().Add(kKey, 2.5, 17).Add(R"(["b", "b_total", {}, ""])", -1).Take(),
      AppMetricType::kCounter);
  ASSERT_TRUE(entries);
  ASSERT_EQ(2u, entries->size());
  const AppMetricEntry& entry = entries->front();
  EXPECT_EQ("jobs", entry.family);
  EXPECT_EQ("jobs_total", entry.sample);
  EXPECT_EQ("Jobs.", entry.help);
  EXPECT_EQ("a\"\nb", entry.labels.at("queue"));
  EXPECT_EQ("\u00e9", entry.labels.at("x"));
  EXPECT_EQ(2.5, entry.value);
  EXPECT_EQ(17, entry.time);
  EXPECT_EQ(-1, entries->back().value);
}

TEST(AppMetricsFile, reads_keys_of_every_length) {
  for (int length = 0; length < 20; ++length) {
    const std::string help(static_cast<size_t>(length), 'h');
    const auto entries = ParseKey(R"(["a", "a_total", {}, ")" + help + R"("])");
    ASSERT_TRUE(entries) << length;
    EXPECT_EQ(1, entries->at(0).value);
  }
}

TEST(AppMetricsFile, reads_the_layout_without_times) {
  const auto entries = ParseAppMetrics(
      AppMetricsBytes(false).Add(kKey, 2.5).Add(R"(["b", "b_total", {}])", 3).Take(),
      AppMetricType::kCounter);
  ASSERT_TRUE(entries);
  ASSERT_EQ(2u, entries->size());
  EXPECT_EQ(2.5, entries->at(0).value);
  EXPECT_EQ(3, entries->at(1).value);
}

TEST(AppMetricsFile, takes_a_file_that_was_just_made_for_empty) {
  EXPECT_TRUE(ParseAppMetrics("", AppMetricType::kGauge));
  EXPECT_TRUE(ParseAppMetrics(std::string(1 << 16, '\0'), AppMetricType::kGauge));
  EXPECT_TRUE(ParseAppMetrics(AppMetricsBytes().Take(), AppMetricType::kGauge)->empty());
}

TEST(AppMetricsFile, refuses_keys_that_are_none) {
  for (const char* key :
       {"x", "[]", "{}", "null", R"(["a", "a_total"])", R"(["a", "a_total", {}, "", 1])",
        R"([1, "a_total", {}, ""])", R"(["a", "a_total", {"l": 1}, ""])",
        R"(["a", "a_total", {"l-m": "x"}, ""])", R"(["a", "a_total", {"__name__": "x"}, ""])",
        R"(["a", "a_total", {"": "x"}, ""])", R"(["a", "b_total", {}, ""])",
        R"(["a b", "a b_total", {}, ""])", R"(["", "", {}, ""])", R"(["a", "a_sum", {}, ""])",
        R"(["a\n# TYPE", "a\n# TYPE_total", {}, ""])", "[\"a\", \"a_total\", {\"l\": \"\xff\"}]"}) {
    EXPECT_FALSE(ParseKey(key)) << key;
  }
}

TEST(AppMetricsFile, survives_deep_nesting_in_a_key) {
  EXPECT_FALSE(ParseKey(std::string(60'000, '[')));
  EXPECT_FALSE(ParseKey(std::string(30'000, '[') + std::string(30'000, ']')));
}

TEST(AppMetricsFile, makes_one_line_of_a_help_text) {
  const auto entries = ParseKey(R"(["a", "a_total", {}, "x\ny"])");
  ASSERT_TRUE(entries);
  EXPECT_EQ("x y", entries->at(0).help);
}

TEST(AppMetricsFile, refuses_sizes_that_do_not_fit) {
  const std::string good = AppMetricsBytes().Add(kKey, 1).Take();
  for (const int32_t used : {-1, 1, 7, 9, 11, 100, INT32_MAX, INT32_MIN}) {
    std::string bad = good;
    std::memcpy(bad.data(), &used, sizeof used);
    EXPECT_FALSE(ParseAppMetrics(bad, AppMetricType::kCounter)) << used;
  }
  for (const int32_t length : {-1, 0, 1, 1 << 30, INT32_MAX, INT32_MIN}) {
    std::string bad = good;
    std::memcpy(bad.data() + 8, &length, sizeof length);
    EXPECT_FALSE(ParseAppMetrics(bad, AppMetricType::kCounter)) << length;
  }
}

// Each must give entries or none, and never read outside (the sanitizers look on).
TEST(AppMetricsFile, survives_changed_and_cut_files) {
  std::mt19937 random(20260701);
  const std::string good = AppMetricsBytes()
                               .Add(kKey, 1)
                               .Add(kKey, 2)
                               .Add(R"(["b", "b_total", {}, ""])", 3)
                               .Take()
                               .substr(0, 400);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good.substr(0, random() % (good.size() + 1));
    for (uint32_t change = 0; change < 1 + random() % 4 && !bad.empty(); ++change) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    for (const auto type : {AppMetricType::kCounter, AppMetricType::kHistogram}) {
      const auto entries = ParseAppMetrics(bad, type);
      if (entries) {
        EXPECT_LT(entries->size(), 40u);
      }
    }
  }
}

}  // namespace
}  // namespace monoceros::agent
