// SPDX-License-Identifier: Apache-2.0
#include "kube/token_bucket.h"

#include <algorithm>

namespace monoceros::kube {

std::chrono::nanoseconds TokenBucket::Take(TimePoint now) {
  using std::chrono::nanoseconds;
  if (rate_ <= 0) return nanoseconds(0);
  const nanoseconds one(static_cast<int64_t>(1e9 / rate_));
  full_at_ = std::max(full_at_, now) + one;
  const nanoseconds missing = full_at_ - now;
  return std::max(missing - one * std::max(burst_, 1), nanoseconds(0));
}

}  // namespace monoceros::kube
