// SPDX-License-Identifier: Apache-2.0
#include "master/backoff.h"

#include <algorithm>

namespace monoceros::master {

void Backoff::Failed(base::Nanoseconds now) {
  if (!attempted_) return;
  attempted_ = false;
  pause_ = next_pause_;
  not_before_ = now + pause_;
  next_pause_ = std::min(most_, std::max(first_, 2 * next_pause_));
}

}  // namespace monoceros::master
