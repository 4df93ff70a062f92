// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "channel/kill_point.h"
#include "channel/layout.h"

namespace monoceros::channel {

// Adds `slot`. seq_cst on the summary: the caller then asks whether the other side sleeps, which
// announces that it sleeps and then looks at the summary; one of the two sees the other.
inline void MarkSlot(SlotSet& set, uint32_t slot) {
  // release: what was written before is visible to the side that empties the word.
  set.words[slot / 64].fetch_or(uint64_t{1} << (slot % 64), std::memory_order_release);
  set.summary.fetch_or(uint64_t{1} << (slot / 64), std::memory_order_seq_cst);
}

// Whether something was added since the set was emptied.
inline bool HasSlots(const SlotSet& set) {
  return set.summary.load(std::memory_order_seq_cst) != 0;
}

// Empties the set and calls visit(slot) for what was in it, slots below `slots` only: the other
// side may have set any bit.
template <typename Visit>
void DrainSlots(SlotSet& set, uint32_t slots, Visit&& visit) {
  if (set.summary.load(std::memory_order_relaxed) == 0) return;
  // The summary first: a bit added meanwhile sets it again, and at worst finds its word empty.
  uint64_t summary = set.summary.exchange(0, std::memory_order_acq_rel);
  for (; summary != 0; summary &= summary - 1) {
    const uint32_t word = static_cast<uint32_t>(std::countr_zero(summary));
    uint64_t bits = set.words[word].exchange(0, std::memory_order_acq_rel);
    MONOCEROS_KILL_POINT(kDirtyTaken);
    for (; bits != 0; bits &= bits - 1) {
      const uint32_t slot = word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
      if (slot < slots) visit(slot);
    }
  }
}

}  // namespace monoceros::channel
