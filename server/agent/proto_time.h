// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace monoceros::agent {

// Fills a google.protobuf.Duration or Timestamp: both have seconds and nanos.
template <typename Message>
void SetTime(base::Nanoseconds nanoseconds, Message& out) {
  out.set_seconds(nanoseconds / base::kNanosecondsPerSecond);
  out.set_nanos(static_cast<int32_t>(nanoseconds % base::kNanosecondsPerSecond));
}

template <typename Message>
double TimeInSeconds(const Message& time) {
  return static_cast<double>(time.seconds()) + static_cast<double>(time.nanos()) / 1e9;
}

inline base::Nanoseconds WallClockNow() { return base::ReadClock(CLOCK_REALTIME); }

}  // namespace monoceros::agent
