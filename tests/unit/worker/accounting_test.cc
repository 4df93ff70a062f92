// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/clock.h"
#include "serving.h"

namespace monoceros::worker::testing {
namespace {

using channel::RequestTimes;

class Accounting : public ViewsTest {};

TEST_P(Accounting, each_request_tells_what_it_cost) {
  Start();
  for (int request = 0; request < 3; ++request) {
    const RequestTimes times = Get("/hello").times;
    EXPECT_GT(times.cpu, 0);
    EXPECT_LT(times.cpu, base::kNanosecondsPerSecond);
    EXPECT_EQ(times.gil_wait, 0);
    EXPECT_EQ(times.run_queue, -1);
  }
}

TEST_P(Accounting, a_request_that_fails_tells_it_too) {
  Start();
  EXPECT_GT(Get("/fails").times.cpu, 0);
  EXPECT_GT(Get("/short").times.cpu, 0);
}

TEST_P(Accounting, a_streamed_response_tells_what_it_cost_up_to_its_head) {
  Start();
  const Reply reply = Get("/stream");
  EXPECT_GT(reply.head_times.cpu, 0);
  EXPECT_GE(reply.times.cpu, reply.head_times.cpu);
}

TEST_P(Accounting, run_queue_wait_is_read_for_each_request_where_clients_are_told) {
  Start("sync", 1, {{"server_timing", true}});
  EXPECT_GE(Get("/hello").times.run_queue, 0);
}

TEST_P(Accounting, wall_leaves_everything_else_out) {
  Start("sync", 1, {{"accounting", "wall"}});
  EXPECT_EQ(Get("/hello").times, RequestTimes());
  EXPECT_EQ(worker_->scoreboard().thread(0, 0).cpu_nanoseconds, 0U);
}

TEST_P(Accounting, a_row_is_left_consistent_and_counts_the_request) {
  Start();
  Get("/hello");
  worker_->Stop();
  EXPECT_EQ(worker_->AwaitExit(), 0);
  const scoreboard::ThreadRow& row = worker_->scoreboard().thread(0, 0);
  EXPECT_EQ(row.sequence % 2, 0U);
  EXPECT_EQ(row.requests, 1U);
  EXPECT_GT(row.busy_nanoseconds, 0U);
  EXPECT_GT(row.cpu_nanoseconds, 0U);
  EXPECT_EQ(row.busy_since, 0);
  EXPECT_EQ(row.native_id, 0U);
  for (const std::atomic<uint64_t>& word : row.request_text) EXPECT_EQ(word, 0U);
}

MONOCEROS_EVERY_PYTHON(Accounting);

}  // namespace
}  // namespace monoceros::worker::testing
