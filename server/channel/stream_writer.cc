// SPDX-License-Identifier: Apache-2.0
#include "channel/stream_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace monoceros::channel {
namespace {

constexpr uint32_t kHeaderBytes = sizeof(FrameHeader);
constexpr size_t kMaxFramePayload = kBlockPayload - kHeaderBytes;

uint64_t NextBlockBoundary(uint64_t position) {
  return (position + kBlockPayload - 1) / kBlockPayload * kBlockPayload;
}

}  // namespace

StreamWriter::StreamWriter(Arena& arena, uint32_t window, StreamOut& out,
                           const std::atomic<uint64_t>& acked)
    : arena_(arena), window_(window), out_(out), acked_(acked) {}

void StreamWriter::Begin(const Chain& chain) {
  position_ = published_ = last_acked_ = 0;
  broken_ = starved_ = false;
  backlog_.clear();
  kept_ = chain.first;
  if (chain.count > 1) arena_.Free(arena_.next(chain.first), chain.count - 1, false);
}

StreamWriter::Chain StreamWriter::Release() {
  Chain chain{first_, held_};
  if (kept_ != kNoBlock) chain = {kept_, 1};
  first_ = last_ = kept_ = kNoBlock;
  held_ = 0;
  return chain;
}

void StreamWriter::Reset() {
  const Chain chain = Release();
  if (chain.count > 0) arena_.Free(chain.first, chain.count, true);
  backlog_.clear();
}

uint32_t StreamWriter::Space() const {
  return held_ == 0 ? 0 : static_cast<uint32_t>(last_position_ + kBlockPayload - position_);
}

size_t StreamWriter::Write(FrameType type, std::span<const std::byte> payload) {
  size_t done = 0;
  if (type == FrameType::kData) {
    while (done < payload.size() && MakeRoom()) {
      const size_t piece = std::min<size_t>(Space() - kHeaderBytes, payload.size() - done);
      Put(static_cast<uint8_t>(type), 0, payload.subspan(done, piece));
      done += piece;
    }
    return done;
  }
  if (!PushBacklog() || !PutPieces(type, payload, done)) {
    const auto rest = payload.subspan(done);
    backlog_.push_back({type, {reinterpret_cast<const char*>(rest.data()), rest.size()}});
  }
  return payload.size();
}

bool StreamWriter::MakeRoom() { return PushBacklog() && (Space() > kHeaderBytes || NextBlock()); }

size_t StreamWriter::Credit() {
  if (!PushBacklog()) return 0;
  FreePassed();
  const size_t here = Space() > kHeaderBytes ? Space() - kHeaderBytes : 0;
  const uint32_t reserved = held_ == 0 ? 1 : 0;
  return here + kMaxFramePayload * std::min(window_ - held_, arena_.extra() + reserved);
}

bool StreamWriter::PushBacklog() {
  while (!backlog_.empty()) {
    Waiting& front = backlog_.front();
    const auto payload = std::as_bytes(std::span(front.payload));
    if (!PutPieces(front.type, payload, front.done)) return false;
    backlog_.pop_front();
  }
  return true;
}

bool StreamWriter::PutPieces(FrameType type, std::span<const std::byte> payload, size_t& done) {
  const bool fits_one_block = payload.size() <= kMaxFramePayload && done == 0;
  if (fits_one_block && Space() < kHeaderBytes + payload.size()) NextBlock();
  do {
    const uint32_t wanted = payload.size() == done ? kHeaderBytes : kHeaderBytes + 1;
    if (Space() < wanted && !NextBlock()) return false;
    const size_t piece = std::min<size_t>(Space() - kHeaderBytes, payload.size() - done);
    const uint8_t flags = done + piece < payload.size() ? kMore : 0;
    Put(static_cast<uint8_t>(type), flags, payload.subspan(done, piece));
    done += piece;
  } while (done < payload.size());
  return true;
}

void StreamWriter::Put(uint8_t type, uint8_t flags, std::span<const std::byte> payload) {
  const auto length = static_cast<uint32_t>(payload.size());
  std::byte* target = arena_.block(last_).payload + (position_ - last_position_);
  const FrameHeader header{length, type, flags, 0};
  // relaxed: the reader looks only after it has seen the published counter.
  std::atomic_ref(*reinterpret_cast<uint64_t*>(target))
      .store(std::bit_cast<uint64_t>(header), std::memory_order_relaxed);
  if (length > 0) std::memcpy(target + kHeaderBytes, payload.data(), length);
  position_ += kHeaderBytes + AlignFrame(length);
}

bool StreamWriter::NextBlock() {
  FreePassed();
  if (broken_) return false;
  starved_ = false;
  if (held_ >= window_) return false;
  const uint32_t block = TakeBlock();
  starved_ = block == kNoBlock;
  if (!starved_) Link(block);
  return !starved_;
}

uint32_t StreamWriter::TakeBlock() {
  if (held_ > 0) return arena_.TakeExtra();
  return kept_ == kNoBlock ? arena_.TakeFirst() : std::exchange(kept_, kNoBlock);
}

void StreamWriter::Link(uint32_t block) {
  if (held_ == 0) {
    position_ = first_position_ = NextBlockBoundary(position_);
    first_ = block;
    // relaxed, like `next` below: the reader looks only after it has seen the published counter.
    out_.restart_position.store(position_, std::memory_order_relaxed);
    out_.restart_block.store(block, std::memory_order_relaxed);
  } else {
    if (Space() > 0) Put(kPadding, 0, {});
    position_ = last_position_ + kBlockPayload;
    arena_.block(last_).next.store(block, std::memory_order_relaxed);
    arena_.next(last_) = block;
  }
  last_ = block;
  last_position_ = position_;
  ++held_;
}

void StreamWriter::FreePassed() {
  // Written by the reader after it has read; acquire: it no longer reads what is reused here.
  const uint64_t acked = acked_.load(std::memory_order_acquire);
  broken_ = broken_ || acked < last_acked_ || acked > published_;
  if (broken_) return;
  last_acked_ = acked;
  // Beyond the end, not at it: there the reader has yet to read `next`.
  uint32_t passed = 0;
  const uint32_t first = first_;
  for (; held_ > 1 && first_position_ + kBlockPayload < acked; ++passed, --held_) {
    first_ = arena_.next(first_);
    first_position_ += kBlockPayload;
  }
  if (passed > 0) arena_.Free(first, passed, false);
  // All is read and the block is full: the stream begins anew in the same block.
  if (held_ == 1 && acked == position_ && Space() <= kHeaderBytes) {
    kept_ = Release().first;
  }
}

void StreamWriter::Reclaim() {
  FreePassed();
  if (broken_ || last_acked_ != position_) return;
  const Chain chain = Release();
  if (chain.count > 0) arena_.Free(chain.first, chain.count, true);
}

void StreamWriter::Publish() {
  published_ = position_;
  // release: frames and links are visible to the reader that sees the counter.
  out_.published.store(published_, std::memory_order_release);
}

}  // namespace monoceros::channel
