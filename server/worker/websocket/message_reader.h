// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/websocket/deflate.h"
#include "worker/websocket/frames.h"

namespace monoceros::websocket {

// Reads a client's messages: fragments joined, decompressed, checked (RFC 6455 sections 5 and 8.1,
// RFC 7692 section 6.2). Sans-IO; keeps its memory from message to message unless it was large.
class MessageReader {
 public:
  // `largest`: bytes of a message, decompressed.
  MessageReader(uint64_t largest, const std::optional<DeflateParameters>& deflate);

  enum class Event {
    kNeedMore,  // all that was fed has been read
    kText,      // payload() is UTF-8
    kBinary,
    kPing,
    kPong,
    kClose,   // code() and payload(), the reason; nothing follows
    kFailed,  // the connection is to be failed with code(); stays so
  };

  // Gives bytes that must live until Next says kNeedMore. Not before that.
  void Feed(std::string_view bytes) { frames_.Feed(bytes); }
  Event Next();

  // Until the next call of Next.
  std::string_view payload() const { return payload_; }
  // What a close frame said, kNoStatus if nothing; or why the connection is to be failed.
  uint16_t code() const { return code_; }

 private:
  Event Take(const FrameReader::Piece& piece);
  bool MayBegin(const FrameReader::Piece& piece) const;
  Event TakeControl(const FrameReader::Piece& piece);
  Event TakeClose();
  Event TakeData(const FrameReader::Piece& piece);
  Event Collect(const FrameReader::Piece& piece);
  Event EndMessage();
  Event Judge(Inflater::Status status);
  Event Fail(uint16_t code);
  void Forget();

  const uint64_t largest_;
  FrameReader frames_;
  std::optional<Inflater> inflater_;
  Opcode opcode_ = Opcode::kContinuation;  // of the message under way; kContinuation: none
  bool compressed_ = false;                // the message under way
  bool whole_ = false;                     // it was given
  std::string message_;                    // as far as it has come
  std::string_view payload_;
  std::array<char, 125> control_{};
  size_t control_size_ = 0;
  uint16_t code_ = 0;
  bool failed_ = false;
};

}  // namespace monoceros::websocket
