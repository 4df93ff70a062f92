// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct wslay_frame_context;

namespace monoceros::websocket {

// RFC 6455 section 5.2.
enum class Opcode : uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};

constexpr bool IsControl(Opcode opcode) { return static_cast<uint8_t>(opcode) >= 0x8; }

// Bits of Piece::reserved (RFC 6455 section 5.2).
inline constexpr uint8_t kRsv1 = 4;

struct FreeFrameContext {
  void operator()(wslay_frame_context* context) const;
};
using FrameContext = std::unique_ptr<wslay_frame_context, FreeFrameContext>;

// Cuts a client's bytes into frames and unmasks them. Sans-IO; holds at most one buffer of 4 KiB.
class FrameReader {
 public:
  FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  // A part of a frame's payload, with what its header says.
  struct Piece {
    Opcode opcode;  // may be one that is not in the enumeration
    uint8_t reserved;
    bool fin;
    bool masked;
    bool first;              // of its frame
    bool last;               // of its frame
    uint64_t length;         // bytes, of the frame's payload
    std::string_view bytes;  // until the next call of Next
  };
  enum class Status {
    kPiece,
    kNeedMore,  // all that was fed has been read
    kBroken,    // against RFC 6455 section 5.2 or 5.5: stays so
  };

  // Gives bytes that must live until Next says kNeedMore. Not before that.
  void Feed(std::string_view bytes) { input_ = bytes; }
  Status Next(Piece& piece);

 private:
  static ssize_t Take(uint8_t* to, size_t size, int flags, void* self);

  FrameContext context_;
  std::string_view input_;
  uint64_t done_ = 0;  // bytes of the frame's payload
};

// Appends a server's frames, which are whole and not masked, to a string. One serves all
// connections of a thread.
class FrameWriter {
 public:
  FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  void Append(Opcode opcode, uint8_t reserved, std::string_view payload, std::string& out);

 private:
  static ssize_t Put(const uint8_t* from, size_t size, int flags, void* self);

  FrameContext context_;
  std::string* out_ = nullptr;
};

}  // namespace monoceros::websocket
