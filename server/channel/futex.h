// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace monoceros::channel {

// Futexes on memory shared between processes. Both are async-signal-safe and keep errno.

// Sleeps while `word` is `expected`, at most until `deadline` (CLOCK_MONOTONIC; negative: no
// limit). Returns also for signals and for no reason: check and call again.
void FutexWait(std::atomic<uint32_t>& word, uint32_t expected, base::Nanoseconds deadline);
// Wakes whoever sleeps on `word`.
void FutexWake(std::atomic<uint32_t>& word);

}  // namespace monoceros::channel
