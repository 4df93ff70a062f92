// SPDX-License-Identifier: Apache-2.0
#include "master/channel_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace monoceros::master {
namespace {

WorkerProfile Profile(const char* worker_class, int threads, uint32_t thread_rows) {
  config::Settings settings;
  settings.worker_class = worker_class;
  settings.threads = threads;
  return ProfileOf(settings, thread_rows);
}

TEST(ChannelPlan, runs_one_exchange_at_once_in_a_sync_worker) {
  const WorkerProfile profile = Profile("sync", 8, 256);
  EXPECT_EQ(profile.capacity, 1U);
  EXPECT_EQ(profile.timeout_rule, TimeoutRule::kRequestAge);
}

TEST(ChannelPlan, runs_an_exchange_per_thread_in_a_gthread_worker) {
  const WorkerProfile profile = Profile("gthread", 8, 256);
  EXPECT_EQ(profile.capacity, 8U);
  EXPECT_EQ(profile.timeout_rule, TimeoutRule::kGilStarved);
}

TEST(ChannelPlan, runs_worker_connections_exchanges_in_a_loop) {
  config::Settings settings;
  settings.worker_class = "asgi";
  settings.worker_connections = 300;
  const WorkerProfile profile = ProfileOf(settings, 256);
  EXPECT_EQ(profile.capacity, 300U);
  EXPECT_EQ(profile.max_threads, 1U);
  EXPECT_EQ(profile.timeout_rule, TimeoutRule::kLoopTurn);
  EXPECT_EQ(ShapeFor(profile).threads, 0U);
  EXPECT_GT(ShapeFor(profile).slots, 300U);
  settings.worker_connections = 1'000'000;
  EXPECT_EQ(ProfileOf(settings, 256).capacity, ShapeFor(ProfileOf(settings, 256)).slots);
}

TEST(ChannelPlan, leaves_slots_for_responses_that_slow_clients_still_read) {
  for (const int threads : {1, 4, 64}) {
    const WorkerProfile profile = Profile("gthread", threads, 256);
    const channel::Shape shape = ShapeFor(profile);
    EXPECT_GT(shape.slots, profile.capacity);
    EXPECT_EQ(shape.threads, profile.max_threads);
    EXPECT_GE(shape.request_blocks, shape.slots);
    EXPECT_GE(shape.response_blocks, shape.slots);
  }
}

TEST(ChannelPlan, leaves_slots_of_a_loop_for_tunnels_beside_the_requests) {
  config::Settings settings;
  settings.worker_class = "asgi";
  settings.worker_connections = 1000;
  EXPECT_EQ(ShapeFor(ProfileOf(settings, 256)).slots, 4000U);
  settings.worker_connections = 4000;
  EXPECT_EQ(ShapeFor(ProfileOf(settings, 256)).slots, 4096U);
}

TEST(ChannelPlan, stays_within_the_most_slots_that_a_channel_has) {
  EXPECT_LE(ShapeFor({1024, 1024, 4096, TimeoutRule::kGilStarved}).slots, 4096U);
}

TEST(ChannelPlan, leaves_a_gthread_worker_room_for_more_threads) {
  EXPECT_EQ(Profile("gthread", 2, 256).max_threads, 64U);
  EXPECT_EQ(Profile("gthread", 40, 256).max_threads, 160U);
  EXPECT_EQ(Profile("gthread", 100, 256).max_threads, 256U);
  EXPECT_EQ(Profile("gthread", 100, 100).max_threads, 100U);
  EXPECT_EQ(Profile("sync", 1, 256).max_threads, 1U);
}

TEST(ChannelPlan, gives_the_scoreboard_room_to_grow) {
  const BoardShape small = BoardFor(1, 1, 1);
  EXPECT_EQ(small.worker_rows, 64U);
  EXPECT_EQ(small.threads_per_worker, 256U);
  const BoardShape large = BoardFor(100, 4, 80);
  EXPECT_GE(large.worker_rows, 104U);
  EXPECT_GE(large.threads_per_worker, 80U);
}

TEST(ChannelPlan, always_has_room_for_what_is_configured) {
  for (const int workers : {1, 64, 4000}) {
    for (const int threads : {1, 16, 65536 / workers}) {
      const int count = std::min(threads, 4096);
      const BoardShape shape = BoardFor(workers, 1, count);
      EXPECT_GE(shape.worker_rows, static_cast<uint32_t>(workers + 1));
      EXPECT_GE(shape.threads_per_worker, static_cast<uint32_t>(count));
    }
  }
}

}  // namespace
}  // namespace monoceros::master
