// SPDX-License-Identifier: Apache-2.0
#include "master/stall_judge.h"

#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kReady = 1000;
constexpr base::Nanoseconds kLimit = 100;

struct StallJudgeTest : testing::Test {
  StallJudge::News Look(const Worker::LoopTurns& turns, base::Nanoseconds now) {
    return judge.Look(turns, kLimit, now);
  }
  static bool Nothing(const StallJudge::News& news) {
    return !news.over && !news.missed && !news.begun;
  }

  StallJudge judge{kReady};
};

TEST_F(StallJudgeTest, a_loop_that_waits_for_events_does_not_stall) {
  const auto news = Look({}, 5000);
  EXPECT_TRUE(Nothing(news));
  EXPECT_EQ(news.next_look, INT64_MAX);
}

TEST_F(StallJudgeTest, a_busy_loop_is_to_be_looked_at_when_it_may_have_stalled) {
  const auto news = Look({.busy_since = 2000}, 2099);
  EXPECT_TRUE(Nothing(news));
  EXPECT_EQ(news.next_look, 2100);
}

TEST_F(StallJudgeTest, a_turn_as_long_as_the_limit_is_a_stall_and_begins_once) {
  EXPECT_TRUE(Look({.busy_since = 2000}, 2100).begun);
  EXPECT_EQ(judge.since(), 2000);
  const auto news = Look({.busy_since = 2000}, 2500);
  EXPECT_TRUE(Nothing(news));
  EXPECT_EQ(news.next_look, INT64_MAX);
}

TEST_F(StallJudgeTest, a_stall_is_as_long_as_the_loop_noted) {
  Look({.busy_since = 2000}, 2100);
  const auto news = Look({.long_turn_began = 2000, .long_turn_ended = 2700}, 3000);
  EXPECT_EQ(news.over, 700);
  EXPECT_FALSE(news.missed);
  EXPECT_EQ(judge.since(), 0);
  EXPECT_TRUE(Nothing(Look({.long_turn_began = 2000, .long_turn_ended = 2700}, 3100)));
}

TEST_F(StallJudgeTest, what_the_loop_did_not_note_ended_with_the_next_turn_or_just_now) {
  Look({.busy_since = 2000}, 2100);
  EXPECT_EQ(Look({.busy_since = 2150}, 2200).over, 150);
  Look({.busy_since = 2150}, 2250);
  EXPECT_EQ(Look({}, 2300).over, 150);
}

TEST_F(StallJudgeTest, a_stall_may_follow_another_at_once) {
  Look({.busy_since = 2000}, 2100);
  const auto news =
      Look({.busy_since = 2300, .long_turn_began = 2000, .long_turn_ended = 2300}, 2400);
  EXPECT_EQ(news.over, 300);
  EXPECT_TRUE(news.begun);
  EXPECT_EQ(judge.since(), 2300);
}

TEST_F(StallJudgeTest, a_stall_between_two_looks_is_told_once) {
  const Worker::LoopTurns turns{.long_turn_began = 2000, .long_turn_ended = 2100};
  EXPECT_EQ(Look(turns, 2500).missed, 100);
  EXPECT_TRUE(Nothing(Look(turns, 2600)));
}

TEST_F(StallJudgeTest, a_long_turn_below_the_limit_is_none) {
  EXPECT_TRUE(Nothing(Look({.long_turn_began = 2000, .long_turn_ended = 2099}, 2500)));
}

TEST_F(StallJudgeTest, what_the_loop_did_before_it_was_ready_is_none) {
  EXPECT_TRUE(Nothing(Look({.long_turn_began = kReady, .long_turn_ended = 5000}, 6000)));
}

TEST_F(StallJudgeTest, stamps_of_the_future_are_none) {
  EXPECT_TRUE(Nothing(Look({.busy_since = 2001}, 2000)));
}

TEST_F(StallJudgeTest, a_stall_of_a_worker_that_ended_is_over_then) {
  Look({.busy_since = 2000}, 2100);
  EXPECT_EQ(judge.End(2400), 400);
  EXPECT_EQ(judge.since(), 0);
}

}  // namespace
}  // namespace monoceros::master
