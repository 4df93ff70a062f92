// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scoreboard/layout.h"

namespace monoceros::worker {

// What a worker measures of its requests besides their wall-clock time.
struct Accounting {
  bool cpu = true;                 // the CPU clock, one reading for each request
  bool request_run_queue = false;  // the run-queue wait of each request, not only of each second
  scoreboard::GilMeterState gil = scoreboard::GilMeterState::kUnknown;
};

}  // namespace monoceros::worker
