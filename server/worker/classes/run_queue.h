// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/fd.h"

namespace monoceros::worker {

// How long one thread has been runnable without a core: the second number of its
// /proc/thread-self/schedstat (proc(5), Documentation/scheduler/sched-stats.rst).
class RunQueue {
 public:
  // Of the calling thread, for good.
  RunQueue();

  // Since the thread began; -1 where the system does not tell. About 1 µs.
  base::Nanoseconds Read() const;

 private:
  base::Fd file_;
};

}  // namespace monoceros::worker
