// SPDX-License-Identifier: Apache-2.0
#include "router/net/connection_age.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace monoceros::router {
namespace {

constexpr base::Nanoseconds kAge = 300 * base::kNanosecondsPerSecond;

TEST(SpreadAge, stays_within_ten_per_cent) {
  for (uint64_t number = 0; number < 10'000; ++number) {
    EXPECT_GE(SpreadAge(kAge, number), kAge / 10 * 9);
    EXPECT_LE(SpreadAge(kAge, number), kAge / 10 * 11);
  }
}

TEST(SpreadAge, of_connections_opened_together_is_spread_evenly) {
  std::vector<base::Nanoseconds> ages;
  for (uint64_t number = 0; number < 100; ++number) ages.push_back(SpreadAge(kAge, number));
  std::ranges::sort(ages);
  // 100 within 60 s: no gap of more than 2 s.
  for (size_t i = 1; i < ages.size(); ++i) {
    EXPECT_LT(ages[i] - ages[i - 1], 2 * base::kNanosecondsPerSecond);
  }
}

TEST(SpreadAge, of_no_limit_is_none) { EXPECT_EQ(SpreadAge(0, 7), 0); }

}  // namespace
}  // namespace monoceros::router
