// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace monoceros::kube {

// How long to wait after the next failure: 0.8 s, doubling to 30 s, the first again after two good
// minutes; each once to twice as long, so that many clients do not return together. Time and chance
// are told, never asked.
class Backoff {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `chance` is between 0 and 1.
  std::chrono::milliseconds Next(TimePoint now, double chance);

 private:
  int failures_ = 0;
  TimePoint ends_{};  // of the last wait
};

}  // namespace monoceros::kube
