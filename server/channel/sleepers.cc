// SPDX-License-Identifier: Apache-2.0
#include "channel/sleepers.h"

#include <bit>

#include "channel/futex.h"
#include "channel/kill_point.h"

namespace monoceros::channel {

void WakeThread(Header& header, uint32_t thread, uint32_t reason) {
  // release: what the waker wrote before is visible to the thread that clears the word.
  header.thread_words[thread].fetch_or(reason, std::memory_order_release);
  FutexWake(header.thread_words[thread]);
}

void WakeSleepers(Header& header, uint32_t threads, uint32_t count) {
  for (uint32_t word = 0; word * 64 < threads && count > 0; ++word) {
    std::atomic<uint64_t>& sleepers = header.sleepers[word];
    // seq_cst, after the caller's seq_cst store of the news; the sleeper sets its bit and then
    // looks for news, both seq_cst too. One of the two sees the other.
    uint64_t set = sleepers.load(std::memory_order_seq_cst);
    while (set != 0 && count > 0) {
      const uint64_t lowest = set & -set;
      const uint32_t thread = word * 64 + static_cast<uint32_t>(std::countr_zero(lowest));
      set &= ~lowest;
      if (thread >= threads) return;
      if ((sleepers.fetch_and(~lowest, std::memory_order_acq_rel) & lowest) == 0) continue;
      MONOCEROS_KILL_POINT(kSleeperChosen);
      WakeThread(header, thread, kWordWork);
      --count;
    }
  }
}

void WakeAllThreads(Header& header, uint32_t threads) {
  for (uint32_t thread = 0; thread < threads; ++thread) WakeThread(header, thread, kWordWork);
}

void WakeWaiter(Slot& slot) {
  // An exchange on both sides: either this one sees the waiter's 1, or the waiter's exchange comes
  // later, sees this one, and so (acq_rel) the news that it looks for next.
  if (slot.waiter.exchange(0, std::memory_order_acq_rel) != 0) FutexWake(slot.waiter);
}

void CloseChannel(Mapping& mapping) {
  mapping.header().closed.store(1, std::memory_order_seq_cst);
  WakeAllThreads(mapping.header(), mapping.shape().threads);
  for (uint32_t slot = 0; slot < mapping.shape().slots; ++slot) WakeWaiter(mapping.slot(slot));
}

}  // namespace monoceros::channel
