// SPDX-License-Identifier: Apache-2.0
#include "master/backoff.h"

#include <gtest/gtest.h>

#include <vector>

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;

Backoff MakeBackoff() { return Backoff(kSecond, 30 * kSecond); }

void FailOnce(Backoff& backoff, base::Nanoseconds now) {
  backoff.Attempted();
  backoff.Failed(now);
}

TEST(Backoff, lets_the_first_attempt_start_at_once) { EXPECT_TRUE(MakeBackoff().MayStart(1)); }

TEST(Backoff, pauses_grow_to_thirty_seconds) {
  Backoff backoff = MakeBackoff();
  std::vector<base::Nanoseconds> pauses;
  for (int i = 0; i < 9; ++i) {
    FailOnce(backoff, 100 * i * kSecond);
    pauses.push_back(backoff.pause() / kSecond);
  }
  EXPECT_EQ(pauses, (std::vector<base::Nanoseconds>{0, 1, 2, 4, 8, 16, 30, 30, 30}));
}

TEST(Backoff, holds_back_until_the_pause_is_over) {
  Backoff backoff = MakeBackoff();
  FailOnce(backoff, 10 * kSecond);
  FailOnce(backoff, 10 * kSecond);
  EXPECT_FALSE(backoff.MayStart(11 * kSecond - 1));
  EXPECT_TRUE(backoff.MayStart(11 * kSecond));
}

TEST(Backoff, counts_many_failures_of_one_attempt_once) {
  Backoff backoff = MakeBackoff();
  backoff.Attempted();
  for (int worker = 0; worker < 8; ++worker) backoff.Failed(5 * kSecond);
  EXPECT_TRUE(backoff.MayStart(5 * kSecond));
}

TEST(Backoff, starts_over_after_a_success) {
  Backoff backoff = MakeBackoff();
  for (int i = 0; i < 5; ++i) FailOnce(backoff, i);
  backoff.Succeeded();
  FailOnce(backoff, 100);
  EXPECT_EQ(backoff.pause(), 0);
}

}  // namespace
}  // namespace monoceros::master
