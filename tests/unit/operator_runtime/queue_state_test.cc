// SPDX-License-Identifier: Apache-2.0
#include "runtime/queue_state.h"

#include <gtest/gtest.h>

namespace monoceros::runtime {
namespace {

using namespace std::chrono_literals;

const kube::Key kShop{"web", "shop"};
const kube::Key kBlog{"web", "blog"};

class QueueStateTest : public testing::Test {
 protected:
  QueueState queue_;
  QueueState::TimePoint now_{1000s};

  // After how long the next delayed key is due.
  QueueState::Duration NextDelay() const { return *queue_.next_due() - now_; }
  void Fail(const kube::Key& key) { queue_.AddRateLimited(key, now_); }
  // The key fails and comes back; gives how long that took.
  QueueState::Duration FailAndReturn(const kube::Key& key) {
    Fail(key);
    const auto delay = NextDelay();
    now_ += delay;
    EXPECT_EQ(queue_.Advance(now_), 1U);
    EXPECT_EQ(queue_.Take(now_)->key, key);
    queue_.Done(key, now_);
    return delay;
  }
};

TEST_F(QueueStateTest, gives_a_key_once_however_often_it_was_added) {
  EXPECT_TRUE(queue_.Add(kShop, now_));
  EXPECT_FALSE(queue_.Add(kShop, now_ + 1s));
  const auto taken = queue_.Take(now_ + 3s);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->key, kShop);
  EXPECT_EQ(taken->waited, 3s);
  EXPECT_FALSE(queue_.Take(now_ + 3s));
}

TEST_F(QueueStateTest, gives_keys_in_the_order_in_which_they_came) {
  queue_.Add(kShop, now_);
  queue_.Add(kBlog, now_);
  EXPECT_EQ(queue_.Take(now_)->key, kShop);
  EXPECT_EQ(queue_.Take(now_)->key, kBlog);
}

TEST_F(QueueStateTest, gives_a_key_again_after_done_when_it_was_added_meanwhile) {
  queue_.Add(kShop, now_);
  queue_.Take(now_);
  EXPECT_TRUE(queue_.Add(kShop, now_));
  EXPECT_EQ(queue_.depth(), 1U);
  EXPECT_FALSE(queue_.ready());
  EXPECT_EQ(queue_.Done(kShop, now_ + 2s), 2s);
  EXPECT_EQ(queue_.Take(now_ + 2s)->key, kShop);
}

TEST_F(QueueStateTest, of_two_delays_the_shorter_counts) {
  queue_.AddAt(kShop, now_ + 10s);
  queue_.AddAt(kShop, now_ + 5s);
  queue_.AddAt(kShop, now_ + 20s);
  EXPECT_EQ(NextDelay(), 5s);
  EXPECT_EQ(queue_.Advance(now_ + 4s), 0U);
  EXPECT_EQ(queue_.Advance(now_ + 5s), 1U);
  EXPECT_FALSE(queue_.next_due());
}

TEST_F(QueueStateTest, a_delayed_key_that_waits_already_waits_once) {
  queue_.AddAt(kShop, now_ + 1s);
  queue_.Add(kShop, now_);
  EXPECT_EQ(queue_.Advance(now_ + 1s), 0U);
  EXPECT_EQ(queue_.depth(), 1U);
}

TEST_F(QueueStateTest, failures_wait_twice_as_long_each_time_up_to_five_minutes) {
  for (QueueState::Duration expected = 5ms; expected < 5min; expected *= 2) {
    EXPECT_EQ(FailAndReturn(kShop), expected);
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(FailAndReturn(kShop), 5min);
}

TEST_F(QueueStateTest, a_forgotten_key_waits_five_milliseconds_again) {
  FailAndReturn(kShop);
  FailAndReturn(kShop);
  EXPECT_EQ(FailAndReturn(kShop), 20ms);
  EXPECT_EQ(queue_.failing(), 1U);
  queue_.Forget(kShop);
  EXPECT_EQ(queue_.failing(), 0U);
  EXPECT_EQ(FailAndReturn(kShop), 5ms);
}

TEST_F(QueueStateTest, all_failures_together_are_ten_a_second_after_a_burst_of_a_hundred) {
  for (int i = 0; i < 100; ++i) Fail({"web", "pool" + std::to_string(i)});
  EXPECT_EQ(queue_.Advance(now_ + 5ms), 100U);
  Fail({"web", "late1"});
  EXPECT_EQ(NextDelay(), 100ms);
  Fail({"web", "late2"});
  EXPECT_EQ(queue_.Advance(now_ + 100ms), 1U);
  EXPECT_EQ(NextDelay(), 200ms);
}

TEST_F(QueueStateTest, the_burst_is_there_again_after_ten_quiet_seconds) {
  for (int i = 0; i < 150; ++i) Fail({"web", "pool" + std::to_string(i)});
  now_ += 15s;
  EXPECT_EQ(queue_.Advance(now_), 150U);
  for (int i = 0; i < 100; ++i) Fail({"web", "other" + std::to_string(i)});
  EXPECT_EQ(queue_.Advance(now_ + 5ms), 100U);
}

TEST_F(QueueStateTest, says_how_long_unfinished_keys_have_been_worked_on) {
  queue_.Add(kShop, now_);
  queue_.Add(kBlog, now_);
  queue_.Take(now_);
  queue_.Take(now_ + 2s);
  const auto unfinished = queue_.unfinished(now_ + 5s);
  EXPECT_EQ(unfinished.sum, 8s);
  EXPECT_EQ(unfinished.longest, 5s);
}

TEST_F(QueueStateTest, done_of_a_key_that_was_not_taken_ends_the_process) {
  EXPECT_DEATH(queue_.Done(kShop, now_), "not taken");
}

}  // namespace
}  // namespace monoceros::runtime
