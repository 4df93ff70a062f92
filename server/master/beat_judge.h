// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace monoceros::master {

// Whether a process that writes the time into its beat every second has stopped. By our own clock
// and only while we turn ourselves: after a pause of the whole machine nobody is blamed. Pure.
class BeatJudge {
 public:
  static constexpr base::Nanoseconds kLimit = 10 * base::kNanosecondsPerSecond;

  // True when `beat_at` has not changed for kLimit. Call at least once a second.
  bool Stopped(base::Nanoseconds beat_at, base::Nanoseconds now);

 private:
  // A longer pause between two calls is ours.
  static constexpr base::Nanoseconds kOwnPause = 3 * base::kNanosecondsPerSecond;

  base::Nanoseconds beat_at_ = -1;
  base::Nanoseconds since_ = 0;  // when this beat was first seen
  base::Nanoseconds last_call_ = 0;
};

}  // namespace monoceros::master
