// SPDX-License-Identifier: Apache-2.0
#include "master/channel_plan.h"

#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

TEST(ChannelPlan, runs_one_exchange_at_once_in_a_sync_worker) {
  const WorkerProfile profile = ProfileOf("sync", 8);
  EXPECT_EQ(profile.capacity, 1U);
  EXPECT_EQ(profile.timeout_rule, TimeoutRule::kRequestAge);
}

TEST(ChannelPlan, runs_an_exchange_per_thread_in_a_gthread_worker) {
  const WorkerProfile profile = ProfileOf("gthread", 8);
  EXPECT_EQ(profile.capacity, 8U);
  EXPECT_EQ(profile.timeout_rule, TimeoutRule::kGilStarved);
}

TEST(ChannelPlan, leaves_slots_for_responses_that_slow_clients_still_read) {
  for (const int threads : {1, 4, 64}) {
    const WorkerProfile profile = ProfileOf("gthread", threads);
    const channel::Shape shape = ShapeFor(profile);
    EXPECT_GT(shape.slots, profile.capacity);
    EXPECT_EQ(shape.threads, profile.threads);
    EXPECT_GE(shape.request_blocks, shape.slots);
    EXPECT_GE(shape.response_blocks, shape.slots);
  }
}

TEST(ChannelPlan, stays_within_the_most_slots_that_a_channel_has) {
  EXPECT_LE(ShapeFor({1024, 4096, TimeoutRule::kGilStarved}).slots, 4096U);
}

}  // namespace
}  // namespace monoceros::master
