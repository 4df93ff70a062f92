// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/slot_time.h"

#include <gtest/gtest.h>

#include "snapshots.h"

namespace monoceros::agent {
namespace {

TEST(SlotTime, is_the_integral_of_the_usable_slots) {
  SlotTime time;
  time.Observe(Pool(2, 4, 0));
  EXPECT_DOUBLE_EQ(0, time.seconds());
  time.Observe(Pool(2, 4, 3));
  time.Observe(Pool(2, 4, 10));
  EXPECT_DOUBLE_EQ(80, time.seconds());
}

TEST(SlotTime, takes_the_mean_where_the_slots_changed) {
  SlotTime time;
  time.Observe(Pool(2, 4, 0));
  time.Observe(Pool(4, 4, 1));
  EXPECT_DOUBLE_EQ(12, time.seconds());
}

TEST(SlotTime, counts_ready_workers_only_and_a_loop_as_one) {
  scoreboard::Snapshot pool = Pool(3, 1, 0);
  pool.workers[0].state = scoreboard::WorkerState::kDraining;
  pool.workers[1].worker_class = "asgi";
  pool.workers[1].capacity = 1000;
  SlotTime time;
  time.Observe(pool);
  pool.taken_at += 10 * kSecond;
  time.Observe(pool);
  EXPECT_DOUBLE_EQ(20, time.seconds());
}

TEST(SlotTime, never_shrinks) {
  SlotTime time;
  time.Observe(Pool(1, 1, 10));
  time.Observe(Pool(1, 1, 5));
  EXPECT_DOUBLE_EQ(0, time.seconds());
}

}  // namespace
}  // namespace monoceros::agent
