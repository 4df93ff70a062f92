// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/app_metrics.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/metrics/app_metrics_file.h"
#include "app_metric_files.h"
#include "snapshots.h"

namespace monoceros::agent {
namespace {

namespace fs = std::filesystem;

class AppMetrics : public testing::Test {
 protected:
  AppMetrics() {
    std::string pattern = fs::temp_directory_path() / "app-metrics-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~AppMetrics() override { fs::remove_all(directory_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
  }
  static std::string Gauge(double value) {
    return AppMetricsBytes().Add(R"(["g", "g", {}, ""])", value).Take();
  }
  // The value of the family's first sample; -1 without it.
  double Value(const std::string& name) const {
    Families families;
    AddAppMetrics(directory_, pool_, families);
    const auto family = std::find_if(families.begin(), families.end(),
                                     [&name](const auto& f) { return f.name == name; });
    return family == families.end() ? -1 : family->metric.at(0).gauge.value;
  }
  double Skipped() const { return Value("monoceros_app_metrics_skipped_files"); }

  fs::path directory_;
  scoreboard::Snapshot pool_ = Pool(2, 1, 0);
};

TEST_F(AppMetrics, are_merged_from_the_files_of_all_slots) {
  Write("gauge_sum_0.db", Gauge(1));
  Write("gauge_sum_1.db", Gauge(2));
  Write("gauge_sum_1-4711.db", Gauge(4));
  Write("gauge_sum_17.db", Gauge(8));
  EXPECT_EQ(15, Value("g"));
  EXPECT_EQ(0, Skipped());
}

TEST_F(AppMetrics, count_live_gauges_of_live_slots_only) {
  Write("gauge_livesum_0.db", Gauge(1));
  Write("gauge_livesum_17.db", Gauge(8));
  EXPECT_EQ(1, Value("g"));
  pool_.workers[0].state = scoreboard::WorkerState::kExited;
  EXPECT_EQ(-1, Value("g"));
  EXPECT_EQ(0, Skipped());
}

TEST_F(AppMetrics, skip_and_count_what_is_not_understood) {
  Write("gauge_sum_0.db", Gauge(1));
  Write("gauge_sum_1.db", "a layout of the future");
  Write("info_1.db", Gauge(1));
  Write("notes.txt", "no file of ours");
  EXPECT_EQ(1, Value("g"));
  EXPECT_EQ(2, Skipped());
}

TEST_F(AppMetrics, do_not_follow_links_wait_for_pipes_or_read_devices) {
  fs::create_symlink("/etc/passwd", directory_ / "gauge_sum_0.db");
  fs::create_symlink("/dev/zero", directory_ / "gauge_sum_1.db");
  fs::create_directory(directory_ / "gauge_sum_2.db");
  ASSERT_EQ(0, ::mkfifo((directory_ / "gauge_sum_3.db").c_str(), 0600));
  EXPECT_EQ(4, Skipped());
}

TEST_F(AppMetrics, do_not_read_files_that_are_too_great) {
  Write("gauge_sum_0.db", Gauge(1));
  fs::resize_file(directory_ / "gauge_sum_0.db", kGreatestAppMetricsFile + 1);
  EXPECT_EQ(1, Skipped());
}

TEST_F(AppMetrics, are_none_without_a_directory) {
  directory_ /= "missing";
  EXPECT_EQ(0, Skipped());
  directory_.clear();
  EXPECT_EQ(0, Skipped());
}

}  // namespace
}  // namespace monoceros::agent
