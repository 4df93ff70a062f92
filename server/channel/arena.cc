// SPDX-License-Identifier: Apache-2.0
#include "channel/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace monoceros::channel {

Arena::Arena(std::span<Block> blocks, uint32_t streams, bool shared)
    : blocks_(blocks),
      streams_(streams),
      shared_(shared),
      free_(blocks.size()),
      next_(blocks.size(), kNoBlock),
      resident_(blocks.size(), false) {
  // Block 0 on top of the stack.
  std::iota(free_.rbegin(), free_.rend(), 0U);
}

std::unique_lock<std::mutex> Arena::Lock() const {
  return shared_ ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
}

uint32_t Arena::Pop() {
  const uint32_t block = free_.back();
  free_.pop_back();
  idle_ = std::min(idle_, static_cast<uint32_t>(free_.size()));
  resident_[block] = true;
  next_[block] = kNoBlock;
  return block;
}

uint32_t Arena::ExtraLocked() const {
  return static_cast<uint32_t>(free_.size()) - (streams_ - holders_);
}

uint32_t Arena::TakeFirst() {
  const auto lock = Lock();
  if (holders_ == streams_ || free_.empty()) std::abort();  // a stream counted twice
  ++holders_;
  return Pop();
}

uint32_t Arena::TakeExtra() {
  const auto lock = Lock();
  return ExtraLocked() == 0 ? kNoBlock : Pop();
}

uint32_t Arena::extra() const {
  const auto lock = Lock();
  return ExtraLocked();
}

void Arena::Free(uint32_t first, uint32_t count, bool all) {
  const auto lock = Lock();
  for (; count > 0; --count) {
    free_.push_back(first);
    first = next_[first];
  }
  if (all) --holders_;
}

void Arena::Trim() {
  const auto lock = Lock();
  for (uint32_t i = 0; i < idle_; ++i) {
    const uint32_t block = free_[i];
    if (!resident_[block]) continue;
    // Punches a hole into the memfd. A failure costs memory only.
    ::madvise(&blocks_[block], kBlockBytes, MADV_REMOVE);
    resident_[block] = false;
  }
  idle_ = static_cast<uint32_t>(free_.size());
}

}  // namespace monoceros::channel
