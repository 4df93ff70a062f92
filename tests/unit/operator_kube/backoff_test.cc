// SPDX-License-Identifier: Apache-2.0
#include "kube/backoff.h"

#include <gtest/gtest.h>

namespace monoceros::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, doubles_from_800_ms_to_30_s) {
  Backoff backoff;
  Backoff::TimePoint now{seconds(1000)};
  for (const int expected : {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000}) {
    const auto wait = backoff.Next(now, 0);
    EXPECT_EQ(wait, milliseconds(expected));
    now += wait;
  }
}

TEST(Backoff, is_up_to_twice_as_long_by_chance) {
  Backoff backoff;
  EXPECT_EQ(backoff.Next(Backoff::TimePoint{seconds(1000)}, 1), milliseconds(1600));
}

TEST(Backoff, begins_anew_after_two_good_minutes) {
  Backoff backoff;
  Backoff::TimePoint now{seconds(1000)};
  now += backoff.Next(now, 0);
  now += backoff.Next(now, 0);
  EXPECT_EQ(backoff.Next(now + seconds(119), 0), milliseconds(3200));
  EXPECT_EQ(backoff.Next(now + seconds(500), 0), milliseconds(800));
}

}  // namespace
}  // namespace monoceros::kube
