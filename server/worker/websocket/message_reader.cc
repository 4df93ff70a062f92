// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/message_reader.h"

#include <algorithm>
#include <cstring>

#include "worker/websocket/close_code.h"
#include "worker/websocket/utf8.h"

namespace monoceros::websocket {
namespace {

// What a connection keeps for its next message.
constexpr size_t kKeptBytes = 16 * 1024;

}  // namespace

MessageReader::MessageReader(uint64_t largest, const std::optional<DeflateParameters>& deflate)
    : largest_(largest) {
  if (deflate) inflater_.emplace(*deflate);
}

MessageReader::Event MessageReader::Next() {
  if (failed_) return Event::kFailed;
  if (whole_) Forget();
  FrameReader::Piece piece;
  for (;;) {
    switch (frames_.Next(piece)) {
      case FrameReader::Status::kNeedMore:
        return Event::kNeedMore;
      case FrameReader::Status::kBroken:
        return Fail(kProtocolError);
      case FrameReader::Status::kPiece:
        break;
    }
    if (const Event event = Take(piece); event != Event::kNeedMore) return event;
  }
}

void MessageReader::Forget() {
  whole_ = false;
  opcode_ = Opcode::kContinuation;
  message_.clear();
  if (message_.capacity() > kKeptBytes) message_.shrink_to_fit();
}

MessageReader::Event MessageReader::Take(const FrameReader::Piece& piece) {
  if (piece.first && !MayBegin(piece)) return Fail(kProtocolError);
  return IsControl(piece.opcode) ? TakeControl(piece) : TakeData(piece);
}

// RFC 6455 sections 5.1 (masked), 5.2 (reserved bits and opcodes), 5.4 (fragments); RFC 7692
// section 6.1 (the first reserved bit).
bool MessageReader::MayBegin(const FrameReader::Piece& piece) const {
  if (!piece.masked) return false;
  const bool under_way = opcode_ != Opcode::kContinuation;
  switch (piece.opcode) {
    case Opcode::kContinuation:
      return under_way && piece.reserved == 0;
    case Opcode::kText:
    case Opcode::kBinary:
      return !under_way && (piece.reserved == 0 || (piece.reserved == kRsv1 && inflater_));
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      return piece.reserved == 0;
  }
  return false;
}

MessageReader::Event MessageReader::TakeControl(const FrameReader::Piece& piece) {
  if (piece.first) control_size_ = 0;
  const size_t size = std::min(piece.bytes.size(), control_.size() - control_size_);
  std::memcpy(control_.data() + control_size_, piece.bytes.data(), size);
  control_size_ += size;
  if (!piece.last) return Event::kNeedMore;
  payload_ = {control_.data(), control_size_};
  if (piece.opcode == Opcode::kClose) return TakeClose();
  return piece.opcode == Opcode::kPing ? Event::kPing : Event::kPong;
}

// RFC 6455 section 5.5.1.
MessageReader::Event MessageReader::TakeClose() {
  code_ = kNoStatus;
  if (payload_.empty()) return Event::kClose;
  if (payload_.size() == 1) return Fail(kProtocolError);
  code_ = static_cast<uint16_t>(static_cast<uint8_t>(payload_[0]) << 8 |
                                static_cast<uint8_t>(payload_[1]));
  payload_.remove_prefix(2);
  if (!IsSendable(code_)) return Fail(kProtocolError);
  return IsUtf8(payload_) ? Event::kClose : Fail(kInvalidData);
}

MessageReader::Event MessageReader::TakeData(const FrameReader::Piece& piece) {
  if (piece.first && opcode_ == Opcode::kContinuation) {
    opcode_ = piece.opcode;
    compressed_ = piece.reserved != 0;
  }
  // What came in one piece needs no copy.
  if (piece.fin && piece.first && piece.last && !compressed_ && message_.empty()) {
    if (piece.length > largest_) return Fail(kMessageTooBig);
    payload_ = piece.bytes;
    return EndMessage();
  }
  if (const Event event = Collect(piece); event != Event::kNeedMore) return event;
  if (!piece.last || !piece.fin) return Event::kNeedMore;
  if (compressed_) {
    const Event event = Judge(inflater_->End(largest_, message_));
    if (event != Event::kNeedMore) return event;
  }
  payload_ = message_;
  return EndMessage();
}

MessageReader::Event MessageReader::Collect(const FrameReader::Piece& piece) {
  if (compressed_) return Judge(inflater_->Append(piece.bytes, largest_, message_));
  // What is announced is refused before it is here.
  if (piece.first && piece.length > largest_ - message_.size()) return Fail(kMessageTooBig);
  message_ += piece.bytes;
  return Event::kNeedMore;
}

MessageReader::Event MessageReader::EndMessage() {
  whole_ = true;
  if (opcode_ == Opcode::kBinary) return Event::kBinary;
  return IsUtf8(payload_) ? Event::kText : Fail(kInvalidData);
}

MessageReader::Event MessageReader::Judge(Inflater::Status status) {
  switch (status) {
    case Inflater::Status::kGood:
      return Event::kNeedMore;
    case Inflater::Status::kTooBig:
      return Fail(kMessageTooBig);
    case Inflater::Status::kBroken:
      break;
  }
  return Fail(kInvalidData);
}

MessageReader::Event MessageReader::Fail(uint16_t code) {
  failed_ = true;
  code_ = code;
  payload_ = {};
  message_ = {};
  return Event::kFailed;
}

}  // namespace monoceros::websocket
