// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel/mapping.h"

namespace monoceros::channel {

// Marks the channel closed and wakes every thread of the worker, those that wait inside an exchange
// too. By the router when it leaves, or by the master (or the worker) for a dead router.
void CloseChannel(Mapping& mapping);

// Wakes the thread that waits for body or credit of this slot, if there is one. The caller's news
// were stored seq_cst before; the thread sets the word, seq_cst, before it looks for news.
void WakeWaiter(Slot& slot);

}  // namespace monoceros::channel
