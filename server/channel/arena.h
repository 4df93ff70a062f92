// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "channel/layout.h"

namespace monoceros::channel {

// The free list of one arena, in the private memory of the arena's owner (the router for requests,
// the worker for responses): the peer frees nothing. Last in, first out, so that few pages are
// warm. One block per stream is always there: Extra leaves as many blocks as there are streams
// without one.
class Arena {
 public:
  // `streams` (at most blocks.size()) may hold blocks at once. `shared`: many threads call.
  Arena(std::span<Block> blocks, uint32_t streams, bool shared);

  Block& block(uint32_t index) { return blocks_[index]; }
  // The owner's own links between the blocks of a chain; the holder of `index` reads and writes.
  uint32_t& next(uint32_t index) { return next_[index]; }

  // A block for a stream that holds none. There always is one.
  uint32_t TakeFirst();
  // A further block for a stream that holds some; kNoBlock when only the reserve is left.
  uint32_t TakeExtra();
  // How many TakeExtra would give now.
  uint32_t extra() const;
  // Takes back `count` blocks linked by next() from `first` on; `all`: the stream holds none now.
  void Free(uint32_t first, uint32_t count, bool all);
  // Punches out the blocks that lay idle since the last call.
  void Trim();

 private:
  std::unique_lock<std::mutex> Lock() const;
  uint32_t Pop();
  uint32_t ExtraLocked() const;

  std::span<Block> blocks_;
  uint32_t streams_;
  bool shared_;
  mutable std::mutex mutex_;
  uint32_t holders_ = 0;        // streams that hold a block
  uint32_t idle_ = 0;           // the lowest that the stack was since Trim
  std::vector<uint32_t> free_;  // stack of free blocks
  std::vector<uint32_t> next_;  // by block
  std::vector<bool> resident_;  // by block: given out since it was punched out
};

}  // namespace monoceros::channel
