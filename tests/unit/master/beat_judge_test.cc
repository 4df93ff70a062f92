// SPDX-License-Identifier: Apache-2.0
#include "master/beat_judge.h"

#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;

TEST(BeatJudge, finds_a_beat_that_stands_still) {
  BeatJudge judge;
  for (int second = 100; second < 110; ++second) {
    EXPECT_FALSE(judge.Stopped(7, second * kSecond)) << second;
  }
  EXPECT_TRUE(judge.Stopped(7, 110 * kSecond));
}

TEST(BeatJudge, is_content_with_a_beat_that_changes) {
  BeatJudge judge;
  for (int second = 0; second < 100; ++second) {
    EXPECT_FALSE(judge.Stopped(second / 9, second * kSecond)) << second;
  }
}

TEST(BeatJudge, blames_nobody_for_a_pause_of_its_own) {
  BeatJudge judge;
  EXPECT_FALSE(judge.Stopped(7, 100 * kSecond));
  EXPECT_FALSE(judge.Stopped(7, 500 * kSecond));
  EXPECT_FALSE(judge.Stopped(7, 502 * kSecond));
}

}  // namespace
}  // namespace monoceros::master
