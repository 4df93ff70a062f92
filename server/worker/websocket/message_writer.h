// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker/websocket/deflate.h"
#include "worker/websocket/frames.h"

namespace monoceros::websocket {

// Most bytes of a close frame's reason (RFC 6455 section 5.5: 125 with the code).
inline constexpr size_t kMaxReasonBytes = 123;

// Appends a server's messages to a string, each as one frame. One serves all connections of a
// thread. Sans-IO.
class MessageWriter {
 public:
  // A text (UTF-8) or binary message; compressed by `deflater`, which may be null, where that pays.
  void AppendData(Opcode opcode, std::string_view payload, Deflater* deflater, std::string& out);
  // A ping or pong of at most 125 bytes (RFC 6455 section 5.5).
  void AppendControl(Opcode opcode, std::string_view payload, std::string& out) {
    frames_.Append(opcode, 0, payload, out);
  }
  // A close frame; kNoStatus: an empty one. Of `reason`, UTF-8, as many whole characters as fit.
  void AppendClose(uint16_t code, std::string_view reason, std::string& out);

 private:
  FrameWriter frames_;
  std::string compressed_;
};

}  // namespace monoceros::websocket
