// SPDX-License-Identifier: Apache-2.0
#include "master/beat_judge.h"

#include <utility>

namespace monoceros::master {

bool BeatJudge::Stopped(base::Nanoseconds beat_at, base::Nanoseconds now) {
  const bool paused = now - std::exchange(last_call_, now) > kOwnPause;
  if (std::exchange(beat_at_, beat_at) != beat_at || paused) since_ = now;
  return now - since_ >= kLimit;
}

}  // namespace monoceros::master
