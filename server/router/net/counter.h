// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace monoceros::router {

// Adds to a scoreboard counter that this process alone writes: without a locked instruction.
inline void Count(std::atomic<uint64_t>& counter, uint64_t value = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

}  // namespace monoceros::router
