// SPDX-License-Identifier: Apache-2.0
#include "master/request_timeouts.h"

#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

TEST(InterruptGrace, is_half_of_the_limit_between_one_second_and_five) {
  EXPECT_EQ(InterruptGrace(0.2), base::FromSeconds(1));
  EXPECT_EQ(InterruptGrace(2), base::FromSeconds(1));
  EXPECT_EQ(InterruptGrace(6), base::FromSeconds(3));
  EXPECT_EQ(InterruptGrace(10), base::FromSeconds(5));
  EXPECT_EQ(InterruptGrace(300), base::FromSeconds(5));
}

}  // namespace
}  // namespace monoceros::master
