// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace monoceros::channel {

// What a worker's thread has spent on an exchange since it took it; -1: not measured.
struct RequestTimes {
  base::Nanoseconds gil_wait = -1;
  base::Nanoseconds cpu = -1;
  base::Nanoseconds run_queue = -1;  // runnable without a core

  bool operator==(const RequestTimes&) const = default;
};

}  // namespace monoceros::channel
