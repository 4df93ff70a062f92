// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::scoreboard {

// For the master, once the process of worker slot `row` is gone: ends what its threads left open.
// A request that still ran is added to its thread's busy time until `now`; sums stay, so that the
// slot's next process goes on with them. Rows whose `native_id` and `busy_since` are 0 are not
// touched.
void EndThreads(const Scoreboard& board, uint32_t row, base::Nanoseconds now);

}  // namespace monoceros::scoreboard
