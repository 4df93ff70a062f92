// SPDX-License-Identifier: Apache-2.0
#include "base/timeout_list.h"

#include <gtest/gtest.h>

#include <memory>

namespace monoceros::base {
namespace {

struct Counter final : Timeout {
  void OnTimeout() override { ++fired; }
  int fired = 0;
};

TEST(TimeoutList, fires_once_when_the_time_is_up) {
  TimeoutList list(10);
  Counter timer;
  list.Arm(timer, 100);
  list.FireExpired(109);
  EXPECT_EQ(timer.fired, 0);
  list.FireExpired(110);
  list.FireExpired(200);
  EXPECT_EQ(timer.fired, 1);
}

TEST(TimeoutList, arming_again_starts_the_time_anew) {
  TimeoutList list(10);
  Counter timer;
  list.Arm(timer, 100);
  list.Arm(timer, 105);
  list.FireExpired(110);
  EXPECT_EQ(timer.fired, 0);
  EXPECT_EQ(list.NextDeadline(1000), 115);
}

TEST(TimeoutList, never_fires_without_a_duration) {
  TimeoutList list(0);
  Counter timer;
  list.Arm(timer, 100);
  EXPECT_FALSE(timer.armed());
  EXPECT_EQ(list.NextDeadline(7), 7);
}

TEST(TimeoutList, forgets_a_timer_that_is_destroyed) {
  TimeoutList list(10);
  auto timer = std::make_unique<Counter>();
  list.Arm(*timer, 100);
  timer.reset();
  EXPECT_EQ(list.NextDeadline(7), 7);
}

struct Rearming final : Timeout {
  explicit Rearming(TimeoutList& list) : list(list) {}
  void OnTimeout() override {
    ++fired;
    list.Arm(*this, 110);
  }
  TimeoutList& list;
  int fired = 0;
};

TEST(TimeoutList, a_timer_may_arm_itself_again_while_it_fires) {
  TimeoutList list(10);
  Rearming timer(list);
  list.Arm(timer, 100);
  list.FireExpired(110);
  EXPECT_EQ(timer.fired, 1);
  EXPECT_TRUE(timer.armed());
}

}  // namespace
}  // namespace monoceros::base
