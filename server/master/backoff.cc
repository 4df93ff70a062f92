// SPDX-License-Identifier: Apache-2.0
#include "master/backoff.h"

#include <algorithm>
#include <array>

namespace monoceros::master {
namespace {

constexpr std::array<int, 7> kPauseSeconds = {0, 1, 2, 4, 8, 16, 30};

}  // namespace

void Backoff::Failed(base::Nanoseconds now) {
  if (!attempted_) return;
  attempted_ = false;
  const int last = static_cast<int>(kPauseSeconds.size()) - 1;
  pause_ =
      kPauseSeconds[static_cast<size_t>(std::min(failures_, last))] * base::kNanosecondsPerSecond;
  not_before_ = now + pause_;
  ++failures_;
}

}  // namespace monoceros::master
