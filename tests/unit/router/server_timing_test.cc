// SPDX-License-Identifier: Apache-2.0
#include "router/measure/server_timing.h"

#include <gtest/gtest.h>

namespace monoceros::router {
namespace {

constexpr base::Nanoseconds kMs = base::kNanosecondsPerMillisecond;

std::string Line(const TimeSplit& split) {
  std::string line;
  AppendServerTiming(split, line);
  return line;
}

// An exchange that nobody dispatches.
struct SplitTest : testing::Test, ExchangeOwner {
  SplitTest() {
    exchange.submitted_at = 100 * kMs;
    exchange.taken_at = 102 * kMs;
    exchange.ended_at = 122 * kMs;
    exchange.times = {.gil_wait = 3 * kMs, .cpu = 5 * kMs, .run_queue = 1 * kMs};
  }
  void OnResponse(Exchange&) override {}
  void OnExchangeFailed(Exchange&, ExchangeFailure) override {}
  void OnBodyWanted(Exchange&) override {}
  TimeSplit Split() { return SplitTime(exchange, 125 * kMs); }

  Budgets budgets{Budget(1 << 20), Budget(1 << 20)};
  Exchange exchange{*this, budgets};
};

TEST_F(SplitTest, what_no_part_accounts_for_is_other_wait) {
  const TimeSplit split = Split();
  EXPECT_EQ(split.queue, 2 * kMs);
  EXPECT_EQ(split.application, 20 * kMs);
  EXPECT_EQ(split.other, 11 * kMs);
  EXPECT_EQ(split.write, 3 * kMs);
}

TEST_F(SplitTest, parts_that_are_not_measured_stay_in_other_wait) {
  exchange.times = {.cpu = 5 * kMs};
  EXPECT_EQ(Split().other, 15 * kMs);
  EXPECT_EQ(Split().gil_wait, -1);
}

TEST_F(SplitTest, without_the_cpu_clock_the_rest_is_not_split) {
  exchange.times = {.gil_wait = 3 * kMs};
  EXPECT_EQ(Split().other, -1);
  EXPECT_EQ(Split().application, 20 * kMs);
}

TEST_F(SplitTest, clocks_that_differ_by_a_little_make_nothing_negative) {
  exchange.times = {.gil_wait = 10 * kMs, .cpu = 11 * kMs};
  EXPECT_EQ(Split().other, 0);
}

TEST_F(SplitTest, of_a_request_that_runs_the_end_is_not_known) {
  exchange.ended_at = 0;
  const TimeSplit split = Split();
  EXPECT_EQ(split.application, -1);
  EXPECT_EQ(split.write, -1);
  EXPECT_EQ(split.other, 14 * kMs) << "so far";
}

TEST_F(SplitTest, of_a_request_that_never_ran_nothing_is_known) {
  exchange.taken_at = exchange.ended_at = 0;
  EXPECT_EQ(Split().queue, -1);
  EXPECT_EQ(Line(Split()), "");
}

TEST(ServerTiming, says_in_milliseconds_what_is_known) {
  EXPECT_EQ(
      Line({.queue = 1'234'999, .gil_wait = 0, .cpu = 5 * kMs, .run_queue = 1000, .other = 7}),
      "Server-Timing: queue;dur=1.234, gil;dur=0.000, cpu;dur=5.000, runq;dur=0.001, "
      "other;dur=0.000\r\n");
  EXPECT_EQ(Line({.queue = 12'000, .cpu = 2 * base::kNanosecondsPerSecond}),
            "Server-Timing: queue;dur=0.012, cpu;dur=2000.000\r\n");
}

}  // namespace
}  // namespace monoceros::router
