// SPDX-License-Identifier: Apache-2.0
#include "channel/stream_reader.h"

#include <bit>

namespace monoceros::channel {
namespace {

constexpr uint32_t kHeaderBytes = sizeof(FrameHeader);

bool IsKnown(uint8_t type) {
  return type >= static_cast<uint8_t>(FrameType::kHead) &&
         type <= static_cast<uint8_t>(FrameType::kAbort);
}

bool IsLast(FrameType type) { return type == FrameType::kEnd || type == FrameType::kAbort; }

// Data is never split or empty, the last frame is always empty.
bool IsPlausible(const FrameHeader& header) {
  const auto type = static_cast<FrameType>(header.type);
  if (!IsKnown(header.type) || (header.flags & ~kMore) != 0) return false;
  if (type == FrameType::kData) return header.flags == 0 && header.length > 0;
  if (header.flags == kMore) return header.length > 0 && !IsLast(type);
  return !IsLast(type) || header.length == 0;
}

}  // namespace

StreamReader::StreamReader(std::span<Block> blocks, uint32_t window, const StreamOut& in,
                           std::atomic<uint64_t>& acked)
    : blocks_(blocks),
      limit_(uint64_t{window + 1} * kBlockPayload),
      in_(in),
      shared_acked_(acked) {}

void StreamReader::Begin() {
  published_ = position_ = acked_ = block_position_ = 0;
  block_ = kNoBlock;
  ended_ = unconsumed_ = joining_ = false;
  joined_.clear();
}

StreamReader::Status StreamReader::Read(Frame& frame) {
  if (ended_) return Status::kEmpty;
  // Bounded: every turn moves on by a header at least, and Refresh checks how much there can be.
  while (true) {
    if (position_ == published_) {
      if (!Refresh()) return Breach();
      if (position_ == published_) return Status::kEmpty;
    }
    if (!Locate()) return Breach();
    if (position_ == published_) continue;
    switch (ReadOne(frame)) {
      case Step::kWhole:
        unconsumed_ = true;
        ended_ = IsLast(frame.type);
        return Status::kFrame;
      case Step::kBreach:
        return Breach();
      case Step::kPiece:
      case Step::kPadding:
        break;
    }
  }
}

StreamReader::Status StreamReader::Breach() {
  ended_ = true;
  return Status::kBreach;
}

bool StreamReader::HasMore() {
  if (ended_) return false;
  // A wrong value is news too: Read finds out.
  return in_.published.load(std::memory_order_acquire) != position_;
}

bool StreamReader::EndIsNext() const {
  const uint64_t offset = position_ - block_position_;
  if (position_ == published_ || offset >= kBlockPayload || block_ >= blocks_.size()) return false;
  std::byte* at = blocks_[block_].payload + offset;
  const auto header = std::bit_cast<FrameHeader>(
      std::atomic_ref(*reinterpret_cast<uint64_t*>(at)).load(std::memory_order_relaxed));
  return IsLast(static_cast<FrameType>(header.type));
}

bool StreamReader::Refresh() {
  // Written by the writer after frames and links; acquire: they are visible.
  const uint64_t published = in_.published.load(std::memory_order_acquire);
  if (published < published_ || published - acked_ > limit_ || published % 8 != 0) return false;
  published_ = published;
  return true;
}

// Finds the block that holds position_.
bool StreamReader::Locate() {
  const uint64_t restart = in_.restart_position.load(std::memory_order_relaxed);
  if (restart >= position_) {
    // The writer, seeing all acknowledged, went on in a block that the chain does not lead to.
    block_ = in_.restart_block.load(std::memory_order_relaxed);
    if (restart - position_ >= kBlockPayload || restart % kBlockPayload != 0) return false;
    if (restart > published_) return false;
    position_ = block_position_ = restart;
  } else if (position_ - block_position_ == kBlockPayload) {
    block_ = blocks_[block_].next.load(std::memory_order_relaxed);
    block_position_ = position_;
  }
  return block_ < blocks_.size();
}

StreamReader::Step StreamReader::ReadOne(Frame& frame) {
  std::byte* at = blocks_[block_].payload + (position_ - block_position_);
  const auto header = std::bit_cast<FrameHeader>(
      std::atomic_ref(*reinterpret_cast<uint64_t*>(at)).load(std::memory_order_relaxed));
  const uint64_t block_end = block_position_ + kBlockPayload;
  if (header.type == kPadding && header.length == 0) {
    position_ = block_end;
    return position_ <= published_ ? Step::kPadding : Step::kBreach;
  }
  if (!IsPlausible(header) || header.length > kBlockPayload) return Step::kBreach;
  const uint64_t end = position_ + kHeaderBytes + AlignFrame(header.length);
  if (end > block_end || end > published_) return Step::kBreach;
  position_ = end;
  const std::span<const std::byte> payload(at + kHeaderBytes, header.length);
  if (joining_ || header.flags == kMore) {
    if (!Join(header, payload, frame)) return Step::kBreach;
    return joining_ ? Step::kPiece : Step::kWhole;
  }
  frame = {static_cast<FrameType>(header.type), payload};
  return Step::kWhole;
}

bool StreamReader::Join(const FrameHeader& header, std::span<const std::byte> piece, Frame& frame) {
  const auto type = static_cast<FrameType>(header.type);
  if (!joining_) joined_.emplace_back();
  std::string& whole = joined_.back();
  if (joining_ && type != joining_type_) return false;
  if (whole.size() + piece.size() > kMaxJoinedBytes) return false;
  whole.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  joining_ = header.flags == kMore;
  joining_type_ = type;
  if (!joining_) frame = {type, std::as_bytes(std::span(whole))};
  return true;
}

bool StreamReader::Consume() {
  if (acked_ == position_) return false;
  acked_ = position_;
  unconsumed_ = false;
  while (joined_.size() > (joining_ ? 1 : 0)) joined_.pop_front();
  // release: we no longer read what the writer reuses after it has seen the counter.
  shared_acked_.store(acked_, std::memory_order_release);
  return true;
}

}  // namespace monoceros::channel
