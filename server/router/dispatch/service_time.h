// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace monoceros::router {

// The mean time a worker takes for one request, weighted towards the last hundred or so. One
// thread.
class ServiceTime {
 public:
  void Add(base::Nanoseconds duration) {
    constexpr double kWeight = 1.0 / 64;
    const auto sample = static_cast<double>(duration);
    mean_ = samples_ == 0 ? sample : mean_ + (sample - mean_) * kWeight;
    ++samples_;
  }

  // How long a new request waits when `queued` are before it and `capacity` run at once. 0 while
  // nothing is known: nobody is refused on a guess.
  base::Nanoseconds PredictWait(size_t queued, size_t capacity) const {
    if (samples_ == 0 || capacity == 0) return 0;
    return static_cast<base::Nanoseconds>(mean_ * static_cast<double>(queued) /
                                          static_cast<double>(capacity));
  }

  // 0 while nothing is known.
  base::Nanoseconds mean() const { return static_cast<base::Nanoseconds>(mean_); }

 private:
  double mean_ = 0;  // ns
  uint64_t samples_ = 0;
};

}  // namespace monoceros::router
