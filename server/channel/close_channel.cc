// SPDX-License-Identifier: Apache-2.0
#include "channel/close_channel.h"

#include "channel/futex.h"
#include "channel/sleepers.h"

namespace monoceros::channel {

void WakeWaiter(Slot& slot) {
  if (slot.waiter.load(std::memory_order_seq_cst) == 0) return;
  if (slot.waiter.exchange(0, std::memory_order_seq_cst) != 0) FutexWake(slot.waiter);
}

void CloseChannel(Mapping& mapping) {
  // seq_cst: whoever goes to sleep announces it first and then looks here.
  mapping.header().closed.store(1, std::memory_order_seq_cst);
  for (uint32_t thread = 0; thread < mapping.shape().threads; ++thread) {
    WakeThread(mapping.header(), thread, kWordPoked);
  }
  for (uint32_t slot = 0; slot < mapping.shape().slots; ++slot) WakeWaiter(mapping.slot(slot));
}

}  // namespace monoceros::channel
