// SPDX-License-Identifier: Apache-2.0
#include "kube/backoff.h"

#include <algorithm>

namespace monoceros::kube {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirst{800};
constexpr milliseconds kLongest{30'000};
constexpr std::chrono::minutes kGood{2};
constexpr int kEnoughDoublings = 6;

}  // namespace

milliseconds Backoff::Next(TimePoint now, double chance) {
  if (now - ends_ > kGood) failures_ = 0;
  const milliseconds base = std::min(kFirst * (1 << failures_), kLongest);
  failures_ = std::min(failures_ + 1, kEnoughDoublings);
  const auto jitter = static_cast<int64_t>(chance * static_cast<double>(base.count()));
  const milliseconds wait = base + milliseconds(jitter);
  ends_ = now + wait;
  return wait;
}

}  // namespace monoceros::kube
