// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "base/clock.h"
#include "serving.h"

namespace monoceros::worker::testing {
namespace {

// Every interpreter that the extension was built for, and the system's, which is linked otherwise.
std::vector<std::string> AllPythons() {
  std::vector<std::string> pythons = Pythons();
  const std::string system = "/usr/bin/python3.11";
  if (::access(system.c_str(), X_OK) == 0) pythons.push_back(system);
  return pythons;
}

std::string NameOfOne(const ::testing::TestParamInfo<std::string>& info) {
  return std::to_string(info.index) + "_" + PythonName(info.param);
}

class GilMeter : public ViewsTest {
 protected:
  void Begin(const std::string& accounting = "full") {
    ::setenv("MONOCEROS_TEST_TRUTH", MONOCEROS_TEST_TRUTH, 1);
    Start("sync", 1, {{"application", "contention:app"}, {"accounting", accounting}});
    before_ = row().gil_wait_nanoseconds.load();
    waits_before_ = row().gil_waits.load();
  }
  scoreboard::WorkerRow& row() { return worker_->scoreboard().worker(0); }
  scoreboard::ThreadRow& thread() { return worker_->scoreboard().thread(0, 0); }
  uint64_t Waited() { return row().gil_wait_nanoseconds - before_; }
  uint64_t Waits() { return row().gil_waits - waits_before_; }
  int64_t Ask(const std::string& path) { return std::stoll(Get(path).body()); }

 private:
  uint64_t before_ = 0;
  uint64_t waits_before_ = 0;
};

TEST_P(GilMeter, agrees_with_the_interpreter_timed_from_outside) {
  Begin();
  ASSERT_EQ(row().gil_meter, static_cast<uint32_t>(scoreboard::GilMeterState::kMeasured))
      << ErrorLog();
  // A thread that is preempted on its way in or out makes the truth larger: not every time.
  double error = 1;
  for (int attempt = 0; attempt < 5 && error > 0.02; ++attempt) {
    const uint64_t before = Waited();
    const auto truth = static_cast<double>(Ask("/contend/4"));
    EXPECT_GT(truth, 0.5e9);
    error = std::abs(static_cast<double>(Waited() - before) / truth - 1);
  }
  EXPECT_LE(error, 0.02);
}

TEST_P(GilMeter, counts_each_acquisition_that_waits_once) {
  Begin();
  Ask("/contend/4");
  // Each waits for three others, longer than a switch interval.
  EXPECT_GE(Waits(), 4U * 60 * 8 / 10);
  EXPECT_LE(Waits(), 4U * 60 + 40);
}

TEST_P(GilMeter, counts_nothing_without_contention) {
  Begin();
  EXPECT_GT(Ask("/contend/1"), 0);
  EXPECT_EQ(Waits(), 0U);
  EXPECT_EQ(Waited(), 0U);
}

TEST_P(GilMeter, leaves_children_of_the_application_alone) {
  Begin();
  EXPECT_EQ(Ask("/fork/3"), 0);
  EXPECT_EQ(Waited(), 0U);
  EXPECT_EQ(Ask("/fork/3"), 0);
}

TEST_P(GilMeter, is_left_out_where_only_wall_clock_time_is_wanted) {
  Begin("wall");
  EXPECT_GT(Ask("/contend/4"), 0);
  EXPECT_EQ(Waited(), 0U);
  EXPECT_EQ(row().gil_meter, static_cast<uint32_t>(scoreboard::GilMeterState::kUnknown));
}

INSTANTIATE_TEST_SUITE_P(Every, GilMeter, ::testing::ValuesIn(AllPythons()), NameOfOne);

}  // namespace
}  // namespace monoceros::worker::testing
