// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>

#include "channel/frame.h"
#include "channel/layout.h"

namespace monoceros::channel {

// The reading end of one exchange's byte stream. Everything that the writer shares is read once
// and checked before it is used; nothing it writes makes a call loop for long. One thread at a
// time.
class StreamReader {
 public:
  enum class Status { kFrame, kEmpty, kBreach };

  // Most bytes of a frame that was split over blocks.
  static constexpr size_t kMaxJoinedBytes = 4 * 1024 * 1024;

  // `in` is written by the writer, `acked` here. `window`: most blocks that the writer may hold.
  StreamReader(std::span<Block> blocks, uint32_t window, const StreamOut& in,
               std::atomic<uint64_t>& acked);

  // Begins a new stream; the shared counters have been reset.
  void Begin();

  // The next frame. After kEnd or kAbort, or a breach, always kEmpty.
  Status Read(Frame& frame);
  // Acknowledges everything read; payloads given before are invalid. True when that was news.
  bool Consume();
  // Whether Read would look at something; asks the shared counter.
  bool HasMore();

  // kEnd or kAbort was read.
  bool ended() const { return ended_; }
  // All that Read has not given yet is the last frame, so the writer will need no more room. False
  // also where that is not certain.
  bool EndIsNext() const;
  // Read gave frames that Consume has not acknowledged.
  bool has_unconsumed() const { return unconsumed_; }
  // Bytes published and not acknowledged, as far as Read has looked.
  uint64_t outstanding() const { return published_ - acked_; }

 private:
  enum class Step { kWhole, kPiece, kPadding, kBreach };

  bool Refresh();
  bool Locate();
  Step ReadOne(Frame& frame);
  Status Breach();
  bool Join(const FrameHeader& header, std::span<const std::byte> piece, Frame& frame);

  const std::span<Block> blocks_;
  const uint64_t limit_;  // most bytes published and not acknowledged
  const StreamOut& in_;
  std::atomic<uint64_t>& shared_acked_;

  uint64_t published_ = 0;
  uint64_t position_ = 0;
  uint64_t acked_ = 0;
  uint64_t block_position_ = 0;  // where block_ begins
  uint32_t block_ = kNoBlock;
  bool ended_ = false;
  bool unconsumed_ = false;
  bool joining_ = false;  // the last of joined_ waits for further pieces
  FrameType joining_type_{};
  std::list<std::string> joined_;  // frames put together from pieces, since the last Consume
};

}  // namespace monoceros::channel
