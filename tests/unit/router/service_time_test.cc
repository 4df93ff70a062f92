// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/service_time.h"

#include <gtest/gtest.h>

namespace monoceros::router {
namespace {

constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;

TEST(ServiceTime, predicts_nothing_before_the_first_sample) {
  EXPECT_EQ(ServiceTime().PredictWait(1000, 1), 0);
}

TEST(ServiceTime, predicts_the_queue_divided_by_the_capacity) {
  ServiceTime times;
  times.Add(kSecond);
  EXPECT_EQ(times.PredictWait(10, 5), 2 * kSecond);
}

TEST(ServiceTime, predicts_nothing_while_no_worker_is_there) {
  ServiceTime times;
  times.Add(kSecond);
  EXPECT_EQ(times.PredictWait(10, 0), 0);
}

TEST(ServiceTime, follows_a_change_of_the_load) {
  ServiceTime times;
  times.Add(kSecond);
  for (int i = 0; i < 1000; ++i) times.Add(kSecond / 100);
  EXPECT_LT(times.PredictWait(1, 1), kSecond / 90);
}

}  // namespace
}  // namespace monoceros::router
