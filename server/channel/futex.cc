// SPDX-License-Identifier: Apache-2.0
#include "channel/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace monoceros::channel {

void FutexWait(std::atomic<uint32_t>& word, uint32_t expected, base::Nanoseconds deadline) {
  const int saved_errno = errno;
  const timespec limit{.tv_sec = deadline / base::kNanosecondsPerSecond,
                       .tv_nsec = deadline % base::kNanosecondsPerSecond};
  // The bitset form takes an absolute time limit.
  ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, deadline < 0 ? nullptr : &limit, nullptr,
            FUTEX_BITSET_MATCH_ANY);
  errno = saved_errno;
}

void FutexWake(std::atomic<uint32_t>& word) {
  const int saved_errno = errno;
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  errno = saved_errno;
}

}  // namespace monoceros::channel
