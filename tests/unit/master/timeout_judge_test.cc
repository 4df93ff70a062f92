// SPDX-License-Identifier: Apache-2.0
#include "master/timeout_judge.h"

#include <gtest/gtest.h>

#include <array>

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kNow = 1000 * kSecond;
constexpr base::Nanoseconds kLimit = 30 * kSecond;

bool SyncHangs(ThreadView thread) {
  const std::array threads{thread};
  return Hangs({TimeoutRule::kRequestAge, 0, threads}, kNow, kLimit);
}

bool ThreadsHang(base::Nanoseconds gil_acquired_at, std::array<ThreadView, 2> threads) {
  return Hangs({TimeoutRule::kGilStarved, gil_acquired_at, threads}, kNow, kLimit);
}

TEST(TimeoutJudge, leaves_an_idle_sync_worker_alone) { EXPECT_FALSE(SyncHangs({0, 0})); }

TEST(TimeoutJudge, finds_a_sync_request_older_than_the_limit) {
  EXPECT_FALSE(SyncHangs({kNow - kLimit, 0}));
  EXPECT_TRUE(SyncHangs({kNow - kLimit - 1, 0}));
}

TEST(TimeoutJudge, ignores_stamps_of_the_future) { EXPECT_FALSE(SyncHangs({kNow + 1, 0})); }

TEST(TimeoutJudge, never_judges_without_a_limit) {
  const std::array threads{ThreadView{1, 1}};
  EXPECT_FALSE(Hangs({TimeoutRule::kRequestAge, 0, threads}, kNow, 0));
  EXPECT_FALSE(Hangs({TimeoutRule::kGilStarved, 0, threads}, kNow, 0));
}

TEST(TimeoutJudge, lets_a_thread_wait_long_for_something_else_than_the_gil) {
  EXPECT_FALSE(ThreadsHang(kNow - 40 * kSecond, {{{kNow - 500 * kSecond, 0}, {0, 0}}}));
}

TEST(TimeoutJudge, finds_a_thread_that_starves_while_nobody_gets_the_gil) {
  const ThreadView starving{kNow - 50 * kSecond, kNow - 40 * kSecond};
  EXPECT_TRUE(ThreadsHang(kNow - 45 * kSecond, {{{0, 0}, starving}}));
  EXPECT_TRUE(ThreadsHang(0, {{{0, 0}, starving}}));
}

TEST(TimeoutJudge, takes_an_acquisition_by_anybody_as_a_sign_of_life) {
  const ThreadView starving{kNow - 50 * kSecond, kNow - 40 * kSecond};
  EXPECT_FALSE(ThreadsHang(kNow - 29 * kSecond, {{{0, 0}, starving}}));
}

TEST(TimeoutJudge, gives_a_waiting_thread_the_whole_limit) {
  EXPECT_FALSE(ThreadsHang(kNow - 90 * kSecond, {{{0, 0}, {0, kNow - 29 * kSecond}}}));
}

}  // namespace
}  // namespace monoceros::master
