// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "router/dispatch/exchange.h"

namespace monoceros::router {

// Where one request's time went, in nanoseconds; -1: not known (yet), or not measured.
struct TimeSplit {
  base::Nanoseconds queue = -1;        // complete enough to dispatch -> taken
  base::Nanoseconds application = -1;  // taken -> response ended
  // Parts of `application`, or of what has passed of it, as the worker measured them.
  base::Nanoseconds gil_wait = -1;
  base::Nanoseconds cpu = -1;
  base::Nanoseconds run_queue = -1;
  // What remains: I/O, locks, sleep, and those of the parts above that are not measured. Known only
  // where the CPU time is.
  base::Nanoseconds other = -1;
  base::Nanoseconds write = -1;  // response ended -> `now`
};

// The split of an exchange whose taken_at, ended_at and times are as far as they are known at
// `now`. No part is negative but -1.
TimeSplit SplitTime(const Exchange& exchange, base::Nanoseconds now);

}  // namespace monoceros::router
