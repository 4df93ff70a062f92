// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace monoceros::kube {

// At most `burst` at once and `rate` a second in the long run. Time is told, never asked.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // A rate of 0 or less: no limit.
  TokenBucket(double rate, int burst) : rate_(rate), burst_(burst) {}

  // Takes one; gives how long to wait before it may be used.
  std::chrono::nanoseconds Take(TimePoint now);

 private:
  double rate_;
  int burst_;
  // When the bucket would be full again.
  TimePoint full_at_{};
};

}  // namespace monoceros::kube
