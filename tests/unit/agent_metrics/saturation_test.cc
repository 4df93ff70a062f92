// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/saturation.h"

#include <gtest/gtest.h>

#include "agent/metrics/load.h"
#include "snapshots.h"

namespace monoceros::agent {
namespace {

using scoreboard::Snapshot;

TEST(Saturation, is_0_for_an_idle_pool) {
  EXPECT_DOUBLE_EQ(0, Saturation(Pool(2, 4, 0), Pool(2, 4, 10)));
}

TEST(Saturation, is_the_mean_busy_share_of_the_slots) {
  Snapshot now = Pool(2, 4, 10);
  now.workers[0].threads[0].busy_nanoseconds = 10 * kSecond;
  now.workers[1].threads[3].busy_nanoseconds = 10 * kSecond;
  EXPECT_DOUBLE_EQ(2.0 / 8, Saturation(Pool(2, 4, 0), now));
}

TEST(Saturation, exceeds_1_when_requests_wait) {
  Snapshot now = Pool(1, 2, 10);
  for (auto& thread : now.workers[0].threads) thread.busy_nanoseconds = 10 * kSecond;
  now.router.queued = 3;
  EXPECT_DOUBLE_EQ(5.0 / 2, Saturation(Pool(1, 2, 0), now));
}

TEST(Saturation, counts_shed_requests_at_the_mean_service_time) {
  Snapshot now = Pool(1, 2, 10);
  now.router.shed = 40;
  now.router.mean_service_nanoseconds = kSecond / 2;
  EXPECT_DOUBLE_EQ(4 * 0.5 / 2, Saturation(Pool(1, 2, 0), now));
}

TEST(Saturation, follows_the_gil_of_the_busiest_worker) {
  Snapshot now = Pool(2, 8, 10);
  now.workers[1].cpu_nanoseconds = 9 * kSecond;
  EXPECT_DOUBLE_EQ(0.9, Saturation(Pool(2, 8, 0), now));
  now.workers[1].cpu_nanoseconds = 25 * kSecond;  // C code that runs without the GIL
  EXPECT_DOUBLE_EQ(1.0, Saturation(Pool(2, 8, 0), now));
}

TEST(HasGil, is_false_where_all_ready_workers_are_free_threaded) {
  Snapshot now = Pool(2, 8, 10);
  now.workers[0].gil_meter = scoreboard::GilMeterState::kNotApplicable;
  EXPECT_TRUE(HasGil(now));
  now.workers[1].gil_meter = scoreboard::GilMeterState::kNotApplicable;
  EXPECT_FALSE(HasGil(now));
  EXPECT_TRUE(HasGil({}));
}

TEST(Saturation, does_not_take_the_cpu_of_a_free_threaded_worker_for_its_gil) {
  Snapshot now = Pool(1, 8, 10);
  now.workers[0].cpu_nanoseconds = 9 * kSecond;
  now.workers[0].gil_meter = scoreboard::GilMeterState::kNotApplicable;
  EXPECT_DOUBLE_EQ(0, Saturation(Pool(1, 8, 0), now));
}

TEST(Saturation, does_not_take_the_start_of_a_worker_for_its_work) {
  Snapshot before = Pool(1, 1, 0), now = Pool(1, 1, 10);
  now.workers[0].cpu_nanoseconds = 9 * kSecond;
  before.workers[0].state = scoreboard::WorkerState::kStarting;
  EXPECT_DOUBLE_EQ(0, Saturation(before, now));
  before = Pool(1, 1, 0);
  before.workers[0].incarnation = 99;
  EXPECT_DOUBLE_EQ(0, Saturation(before, now));
}

TEST(Saturation, follows_the_busiest_loop) {
  Snapshot before = Pool(2, 1, 0), now = Pool(2, 1, 10);
  for (Snapshot* pool : {&before, &now}) {
    for (auto& worker : pool->workers) {
      worker.worker_class = "asgi";
      worker.capacity = 1000;
    }
  }
  now.workers[1].loop_busy_nanoseconds = 7 * kSecond;
  now.router.in_flight = 200;
  EXPECT_DOUBLE_EQ(0.7, Saturation(before, now));
  now.router.in_flight = 1600;
  EXPECT_DOUBLE_EQ(0.8, Saturation(before, now));
}

TEST(Saturation, follows_the_cpu_quota) {
  Snapshot now = Pool(4, 1, 10);
  now.header.cgroup_cpu_quota = 2 * kSecond;
  now.header.cgroup_cpu_nanoseconds = 15 * kSecond;
  EXPECT_DOUBLE_EQ(0.75, Saturation(Pool(4, 1, 0), now));
}

TEST(Saturation, is_high_when_requests_wait_and_no_worker_is_ready) {
  Snapshot now = Pool(0, 1, 10);
  now.router.queued = 7;
  EXPECT_DOUBLE_EQ(7, Saturation(Pool(0, 1, 0), now));
}

TEST(Saturation, uses_only_the_moment_when_the_snapshots_do_not_belong_together) {
  Snapshot before = Pool(1, 2, 0), now = Pool(1, 2, 10);
  before.header.master_started_at += 1;
  now.workers[0].threads[0].busy_nanoseconds = 1000 * kSecond;
  now.workers[0].threads[0].busy_since = now.taken_at - kSecond;
  EXPECT_DOUBLE_EQ(0.5, Saturation(before, now));
  EXPECT_DOUBLE_EQ(0.5, Saturation(now, now));
}

TEST(Compare, gives_occupancy_and_gil_wait_as_shares) {
  Snapshot now = Pool(1, 4, 10);
  now.workers[0].threads[0].busy_nanoseconds = 8 * kSecond;
  now.workers[0].threads[1].busy_nanoseconds = 2 * kSecond;
  now.workers[0].threads[0].gil_wait_nanoseconds = 4 * kSecond;
  const Load load = Compare(Pool(1, 4, 0), now);
  EXPECT_DOUBLE_EQ(0.25, load.occupancy);
  EXPECT_DOUBLE_EQ(0.4, load.gil_wait_ratio);
  EXPECT_DOUBLE_EQ(1.0, load.busy_threads);
}

TEST(Compare, takes_a_sum_that_shrank_for_no_growth) {
  Snapshot before = Pool(1, 1, 0);
  before.workers[0].threads[0].busy_nanoseconds = 5;
  before.router.shed = 5;
  const Load load = Compare(before, Pool(1, 1, 10));
  EXPECT_DOUBLE_EQ(0, load.occupancy);
  EXPECT_DOUBLE_EQ(0, load.shed_per_second);
}

}  // namespace
}  // namespace monoceros::agent
