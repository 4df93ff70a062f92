// SPDX-License-Identifier: Apache-2.0
#include "agent/status_builder.h"

#include <gtest/gtest.h>

#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

using control::v1::Status;
using scoreboard::PoolHistogram;
using scoreboard::Snapshot;
using scoreboard::WorkerState;

constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;

// A pool of two gthread workers of four threads, `seconds` after the start.
Snapshot Pool(int seconds) {
  Snapshot pool;
  pool.header.master_started_at = 100 * kSecond;
  pool.taken_at = (100 + seconds) * kSecond;
  pool.header.master_beat_at = pool.taken_at;
  pool.header.workers_wanted = 2;
  pool.header.threads_wanted = 4;
  pool.header.worker_class = "gthread";
  for (uint32_t slot = 0; slot < 2; ++slot) {
    scoreboard::WorkerCopy& worker = pool.workers.emplace_back();
    worker.slot = slot;
    worker.state = WorkerState::kReady;
    worker.pid = static_cast<int32_t>(500 + slot);
    worker.incarnation = slot + 1;
    worker.started_at = 101 * kSecond;
    worker.capacity = 4;
    worker.worker_class = "gthread";
    for (uint32_t index = 0; index < 4; ++index) {
      scoreboard::ThreadCopy& thread = worker.threads.emplace_back();
      thread.index = index;
      thread.native_id = 600 + index;
    }
  }
  return pool;
}

Status Build(const Snapshot& before, const Snapshot& now, bool detail = false) {
  Status status;
  BuildStatus({.now = now, .before = before, .window = before, .detail = detail}, status);
  return status;
}

size_t Index(PoolHistogram histogram) { return static_cast<size_t>(histogram); }

TEST(BuildStatus, says_ready_while_a_worker_is) {
  const Snapshot pool = Pool(10);
  const Status status = Build(pool, pool);
  EXPECT_EQ(status.state(), "ready");
  EXPECT_EQ(status.reasons_size(), 0);
  EXPECT_EQ(status.uptime().seconds(), 10);
  EXPECT_EQ(status.workers_ready(), 2u);
  EXPECT_EQ(status.slots(), 8u);
  EXPECT_EQ(status.live().state(), "converged");
  EXPECT_EQ(status.workers_size(), 0);
}

TEST(BuildStatus, says_why_it_is_not_ready) {
  Snapshot pool = Pool(10);
  for (auto& worker : pool.workers) worker.state = WorkerState::kStarting;
  EXPECT_EQ(Build(pool, pool).state(), "starting");
  EXPECT_EQ(Build(pool, pool).reasons(0), "no worker is ready: 2 of 2 load the application");

  Snapshot draining = Pool(10);
  draining.header.draining = true;
  EXPECT_EQ(Build(draining, draining).state(), "draining");

  Snapshot silent = Pool(40);
  silent.header.master_beat_at = 125 * kSecond;
  EXPECT_EQ(Build(silent, silent).state(), "unavailable");
  EXPECT_EQ(Build(silent, silent).reasons(0), "the master has not turned for 15 seconds");
}

TEST(BuildStatus, gives_rates_of_the_time_between) {
  const Snapshot before = Pool(10);
  Snapshot now = Pool(20);
  now.router.requests = 250;
  for (uint32_t thread = 0; thread < 4; ++thread) {
    now.workers[0].threads[thread].busy_nanoseconds = 10 * kSecond;
    now.workers[0].threads[thread].gil_wait_nanoseconds = 2 * kSecond;
  }
  now.workers[0].cpu_nanoseconds = 9 * kSecond;
  const Status status = Build(before, now);
  EXPECT_DOUBLE_EQ(status.requests_per_second(), 25);
  EXPECT_DOUBLE_EQ(status.occupancy(), 0.5);
  EXPECT_DOUBLE_EQ(status.gil_wait_ratio(), 0.2);
  EXPECT_DOUBLE_EQ(status.gil_utilisation(), 0.9);
  EXPECT_DOUBLE_EQ(status.saturation(), 0.9);
}

TEST(BuildStatus, counts_queued_and_shed_requests_as_load) {
  const Snapshot before = Pool(10);
  Snapshot now = Pool(20);
  now.router.queued = 12;
  now.router.shed = 40;
  now.router.mean_service_nanoseconds = kSecond;
  EXPECT_DOUBLE_EQ(Build(before, now).saturation(), (12 + 4) / 8.0);
  EXPECT_EQ(Build(before, now).queued(), 12u);
  EXPECT_EQ(Build(before, now).shed(), 40u);
}

TEST(BuildStatus, shows_workers_and_threads_in_detail) {
  Snapshot now = Pool(20);
  scoreboard::ThreadCopy& busy = now.workers[1].threads[2];
  busy.busy_since = now.taken_at - kSecond / 2;
  busy.request_text = "GET /slow";
  busy.request_id = 77;
  now.workers[1].threads[3].busy_since = now.taken_at;
  now.workers[1].threads[3].gil_waiting_since = now.taken_at;
  now.workers[1].threads[0].native_id = 0;  // ended
  now.workers[1].gil_meter = scoreboard::GilMeterState::kMeasured;
  const Status status = Build(now, now, true);
  ASSERT_EQ(status.workers_size(), 2);
  const control::v1::Worker& worker = status.workers(1);
  EXPECT_EQ(worker.pid(), 501);
  EXPECT_EQ(worker.busy(), 2u);
  EXPECT_EQ(worker.gil_meter(), "measured");
  EXPECT_EQ(worker.age().seconds(), 19);
  ASSERT_EQ(worker.threads_size(), 3);
  EXPECT_EQ(worker.threads(0).state(), "idle");
  EXPECT_EQ(worker.threads(1).request(), "GET /slow");
  EXPECT_EQ(worker.threads(1).request_age().nanos(), 500'000'000);
  EXPECT_EQ(worker.threads(2).state(), "gil-wait");
}

TEST(BuildStatus, leaves_out_slots_that_were_given_up) {
  Snapshot now = Pool(20);
  now.workers[0].state = WorkerState::kExited;
  now.workers[1].state = WorkerState::kExited;
  now.header.workers_wanted = 1;
  const Status status = Build(now, now, true);
  ASSERT_EQ(status.workers_size(), 1);
  EXPECT_EQ(status.workers(0).state(), "exited");
  EXPECT_EQ(status.workers(0).pid(), 0);
}

TEST(BuildStatus, counts_restarts_by_reason_and_splits_time) {
  Snapshot now = Pool(20);
  now.header.restarts[2] = 3;
  now.header.restarts[3] = 1;
  now.router.histograms[Index(PoolHistogram::kQueue)].sum_nanoseconds = 1'500'000'000;
  now.header.live_state = scoreboard::LiveState::kFailed;
  const Status status = Build(now, now);
  EXPECT_EQ(status.restarts().at("timeout"), 3u);
  EXPECT_EQ(status.timeouts(), 4u);
  EXPECT_DOUBLE_EQ(status.time().queue_seconds(), 1.5);
  EXPECT_EQ(status.live().state(), "failed");
  EXPECT_NE(status.live().message(), "");
}

TEST(BuildStatus, moves_the_threads_wait_for_a_core_out_of_the_other_wait) {
  Snapshot now = Pool(20);
  now.router.histograms[Index(PoolHistogram::kOther)].sum_nanoseconds = 10 * kSecond;
  now.router.histograms[Index(PoolHistogram::kRunQueue)].sum_nanoseconds = 1 * kSecond;
  now.workers[0].threads[1].run_queue_nanoseconds = 4 * kSecond;
  EXPECT_DOUBLE_EQ(Build(now, now).time().run_queue_seconds(), 4);
  EXPECT_DOUBLE_EQ(Build(now, now).time().other_seconds(), 7);
  now.workers[1].threads[2].run_queue_nanoseconds = 90 * kSecond;
  EXPECT_DOUBLE_EQ(Build(now, now).time().run_queue_seconds(), 11);
  EXPECT_DOUBLE_EQ(Build(now, now).time().other_seconds(), 0);
}

TEST(Quantile, spreads_observations_evenly_within_a_bucket) {
  scoreboard::HistogramCopy histogram;
  EXPECT_EQ(Quantile(histogram, 0.5), 0);
  histogram.counts[scoreboard::BucketOf(4'000'000)] = 100;  // above 2.5 ms, up to 5 ms
  EXPECT_DOUBLE_EQ(Quantile(histogram, 0.5), 0.00375);
  EXPECT_DOUBLE_EQ(Quantile(histogram, 1), 0.005);
  histogram.counts[scoreboard::kBuckets - 1] = 100;
  EXPECT_DOUBLE_EQ(Quantile(histogram, 0.99), 10);
}

TEST(BuildStatus, takes_quantiles_of_the_time_between_when_asked) {
  Snapshot before = Pool(10);
  before.router.histograms[Index(PoolHistogram::kRequest) + 1].counts[0] = 1000;
  Snapshot now = Pool(11);
  now.router.histograms[Index(PoolHistogram::kRequest) + 1].counts[0] = 1000;
  now.router.histograms[Index(PoolHistogram::kRequest) + 4].counts[5] = 10;
  Status status;
  BuildStatus({.now = now, .before = before, .window = before, .quantiles_since_before = true},
              status);
  EXPECT_GT(status.request_time().p50_seconds(), 0.01);
  EXPECT_LT(Build(before, now).request_time().p50_seconds(), 0.001);
}

}  // namespace
}  // namespace monoceros::agent
