// SPDX-License-Identifier: Apache-2.0
#include "kube/token_bucket.h"

#include <gtest/gtest.h>

namespace monoceros::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const TokenBucket::TimePoint kStart{seconds(1000)};

TEST(TokenBucket, gives_a_burst_at_once_and_then_the_rate) {
  TokenBucket bucket(20, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.Take(kStart), nanoseconds(0));
  EXPECT_EQ(bucket.Take(kStart), milliseconds(50));
  EXPECT_EQ(bucket.Take(kStart), milliseconds(100));
}

TEST(TokenBucket, fills_again_but_not_over_its_burst) {
  TokenBucket bucket(20, 2);
  for (int i = 0; i < 3; ++i) bucket.Take(kStart);
  const auto later = kStart + seconds(60);
  EXPECT_EQ(bucket.Take(later), nanoseconds(0));
  EXPECT_EQ(bucket.Take(later), nanoseconds(0));
  EXPECT_EQ(bucket.Take(later), milliseconds(50));
}

TEST(TokenBucket, without_a_rate_has_no_limit) {
  TokenBucket bucket(0, 0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(bucket.Take(kStart), nanoseconds(0));
}

}  // namespace
}  // namespace monoceros::kube
