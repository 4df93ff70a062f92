// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

namespace monoceros::base {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail("odd");
  return number / 2;
}

TEST(Result, holds_a_value_or_a_sentence) {
  EXPECT_EQ(Half(4).value(), 2);
  ASSERT_FALSE(Half(3));
  EXPECT_EQ(Half(3).error().message, "odd");
}

}  // namespace
}  // namespace monoceros::base
