// SPDX-License-Identifier: Apache-2.0
#include "ctl/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::Status Example() {
  v1::Status status;
  status.set_state("draining");
  status.add_reasons("the server ends");
  status.set_worker_class("gthread");
  status.set_workers_ready(1);
  status.set_workers_wanted(2);
  status.set_threads_wanted(4);
  (*status.mutable_restarts())["timeout"] = 3;
  (*status.mutable_restarts())["crash"] = 0;
  status.mutable_time()->set_gil_wait_seconds(6);
  status.mutable_time()->set_cpu_seconds(4);
  status.mutable_at()->set_seconds(45296);
  return status;
}

TEST(ShowStatus, says_what_is_the_matter) {
  const std::string text = ShowStatus(Example());
  EXPECT_THAT(text, HasSubstr("draining: the server ends\n"));
  EXPECT_THAT(text, HasSubstr("gthread, 1 of 2 workers ready, 4 threads each\n"));
  EXPECT_THAT(text, HasSubstr("Restarts    timeout 3\n"));
  EXPECT_THAT(text, HasSubstr("GIL wait 60 %, CPU 40 %"));
}

TEST(ShowAtOnce, is_threads_or_what_the_workers_of_a_loop_class_take) {
  v1::Status status = Example();
  EXPECT_EQ(ShowAtOnce(status), "4 threads");
  status.set_worker_class("sync");
  status.set_threads_wanted(1);
  EXPECT_EQ(ShowAtOnce(status), "1 thread");
  status.set_worker_class("asgi");
  status.set_slots(1000);
  EXPECT_EQ(ShowAtOnce(status), "1000 connections");
  status.set_workers_ready(0);
  EXPECT_EQ(ShowAtOnce(status), "");
}

TEST(ShowStatus, says_nothing_of_what_a_worker_runs_at_once_while_none_is_ready) {
  v1::Status status = Example();
  status.set_worker_class("asgi");
  status.set_workers_ready(0);
  EXPECT_THAT(ShowStatus(status), HasSubstr("asgi, 0 of 2 workers ready\n"));
}

TEST(ShowTimeSplit, is_of_the_time_since_another_status) {
  v1::Status now = Example();
  now.mutable_time()->set_gil_wait_seconds(7);
  now.mutable_time()->set_cpu_seconds(7);
  const v1::Status before = Example();
  EXPECT_THAT(ShowTimeSplit(now, &before), HasSubstr("GIL wait 25 %, CPU 75 %"));
  EXPECT_EQ(ShowTimeSplit(before, &before), "");
}

TEST(ShowStatus, says_of_a_free_threaded_pool_that_there_is_no_gil_to_wait_for) {
  v1::Status status = Example();
  status.set_without_gil(true);
  EXPECT_THAT(ShowStatus(status), HasSubstr("GIL         not applicable"));
  EXPECT_THAT(ShowStatus(status), Not(HasSubstr("GIL wait")));
  EXPECT_THAT(ShowStatusLine(status), HasSubstr("n/a"));
  status.set_without_gil(false);
  EXPECT_THAT(ShowStatus(status), HasSubstr("GIL wait 60 %"));
  EXPECT_THAT(ShowStatusLine(status), Not(HasSubstr("n/a")));
}

TEST(ShowStatusLine, stands_below_its_heading) {
  const std::string line = ShowStatusLine(Example());
  EXPECT_EQ(line.substr(0, 8), "12:34:56");
  EXPECT_EQ(line.find("draining"), StatusLineHeading().find("STATE"));
  EXPECT_EQ(line.find("1/2"), StatusLineHeading().find("READY"));
}

}  // namespace
}  // namespace monoceros::ctl
