// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "scoreboard/layout.h"

namespace monoceros::gil_meter {

struct Installed {
  scoreboard::GilMeterState state = scoreboard::GilMeterState::kUnknown;
  std::string reason;  // why it is unavailable, else empty
};

// Makes every wait for the GIL of this interpreter's process, and of those forked from it, count
// (account.h), and proves it by one contention with a thread of its own, which has ended when this
// returns: some 6 ms. What does not pass is taken back. Once in a process, with the GIL, before
// other threads run Python code.
Installed Install();

}  // namespace monoceros::gil_meter
