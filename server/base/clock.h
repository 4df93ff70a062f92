// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

#include <cstdint>

namespace monoceros::base {

// Nanoseconds of a clock that never jumps (CLOCK_MONOTONIC); comparable between processes of one
// machine.
using Nanoseconds = int64_t;

inline constexpr Nanoseconds kNanosecondsPerSecond = 1'000'000'000;
inline constexpr Nanoseconds kNanosecondsPerMillisecond = 1'000'000;

inline Nanoseconds ReadClock(clockid_t clock) {
  timespec now;
  ::clock_gettime(clock, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

inline Nanoseconds MonotonicNow() { return ReadClock(CLOCK_MONOTONIC); }

// CPU time of the calling thread; about 300 ns a call.
inline Nanoseconds ThreadCpuNow() { return ReadClock(CLOCK_THREAD_CPUTIME_ID); }

inline Nanoseconds FromSeconds(double seconds) {
  return static_cast<Nanoseconds>(seconds * static_cast<double>(kNanosecondsPerSecond));
}

inline double ToSeconds(Nanoseconds duration) {
  return static_cast<double>(duration) / static_cast<double>(kNanosecondsPerSecond);
}

}  // namespace monoceros::base
