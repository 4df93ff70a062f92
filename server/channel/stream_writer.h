// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>

#include "channel/arena.h"
#include "channel/frame.h"
#include "channel/layout.h"

namespace monoceros::channel {

// The writing end of one exchange's byte stream: frames in a chain of blocks, published by one
// counter. A block is used again once the reader acknowledged beyond its end, or all that was
// written. One thread at a time.
class StreamWriter {
 public:
  // `out` is written here, `acked` by the reader. `window`: most blocks held at once.
  StreamWriter(Arena& arena, uint32_t window, StreamOut& out, const std::atomic<uint64_t>& acked);

  // A run of blocks linked by Arena::next.
  struct Chain {
    uint32_t first = kNoBlock;
    uint32_t count = 0;
  };

  // Begins a new stream after Reset or Release; the shared counters have been reset. Of `chain`,
  // which Release gave, the first block is used again and the others are freed.
  void Begin(const Chain& chain);
  // Lets go of all blocks, so that the reader may still read them; Begin or the arena gets them.
  Chain Release();
  // Frees all blocks. The reader must be done.
  void Reset();

  // kData: as far as credit reaches. Other types: always whole, see `backlogged`.
  size_t Write(FrameType type, std::span<const std::byte> payload);
  // Makes room for at least one byte of data (false: no credit), after the backlog went out.
  bool MakeRoom();
  // Bytes of data that Write would take now.
  size_t Credit();
  // Frames other than kData wait for credit; data waits behind them.
  bool backlogged() const { return !backlog_.empty(); }
  // Moves the backlog on as far as credit reaches. True when none is left.
  bool PushBacklog();
  bool has_unpublished() const { return position_ != published_; }
  // Lets the reader see what was written.
  void Publish();
  // What Publish would store; for an owner that must let go of everything first.
  uint64_t position() const { return position_; }

  // Takes back what the reader acknowledged, even the last block when nothing is outstanding.
  void Reclaim();

  // The reader acknowledged what was never published, or less than before.
  bool broken() const { return broken_; }
  // The last refusal was for want of free blocks, not of window.
  bool starved() const { return starved_; }

 private:
  struct Waiting {
    FrameType type;
    std::string payload;
    size_t done = 0;
  };

  uint32_t Space() const;  // bytes left in the last block, headers included
  bool NextBlock();
  uint32_t TakeBlock();
  void Link(uint32_t block);
  void FreePassed();
  void Put(uint8_t type, uint8_t flags, std::span<const std::byte> payload);
  // Writes the frame in as many pieces as it takes; `done` counts its bytes that are written.
  // True when the last piece is.
  bool PutPieces(FrameType type, std::span<const std::byte> payload, size_t& done);

  Arena& arena_;
  const uint32_t window_;
  StreamOut& out_;
  const std::atomic<uint64_t>& acked_;

  uint64_t position_ = 0;  // end of what was written
  uint64_t published_ = 0;
  uint64_t last_acked_ = 0;
  uint64_t first_position_ = 0;  // where first_ begins
  uint64_t last_position_ = 0;   // where last_ begins
  uint32_t first_ = kNoBlock;
  uint32_t last_ = kNoBlock;
  uint32_t held_ = 0;
  uint32_t kept_ = kNoBlock;  // block of an earlier stream, still this stream's in the arena
  bool broken_ = false;
  bool starved_ = false;
  std::list<Waiting> backlog_;
};

}  // namespace monoceros::channel
