// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "channel/mapping.h"

namespace monoceros::channel {

// Wakes up to `count` of the first `threads` threads that sleep in WorkerEnd::Wait, the lowest
// first, so that few threads (and what they cache) stay warm. Thread-safe, in any process.
void WakeSleepers(Header& header, uint32_t threads, uint32_t count);

// Sets `reason` in the thread's word and wakes it. Async-signal-safe.
void WakeThread(Header& header, uint32_t thread, uint32_t reason);

// Wakes all of the first `threads` threads, also one that a router chose and then died before it
// could wake it. The news that they shall find must be stored before (release).
void WakeAllThreads(Header& header, uint32_t threads);

// Wakes the thread that waits for body or credit of the slot's exchange, if one does.
void WakeWaiter(Slot& slot);

// Marks the channel closed and wakes whoever waits on one of its futexes, not the bells.
void CloseChannel(Mapping& mapping);

}  // namespace monoceros::channel
