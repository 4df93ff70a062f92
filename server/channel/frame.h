// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace monoceros::channel {

// What one frame of an exchange's two byte streams carries. Values are part of docs/channel.md.
enum class FrameType : uint8_t {
  kHead = 1,      // router -> worker: RequestHead; worker -> router: final ResponseHead
  kInterim = 2,   // worker -> router: an informational response (100, 103), a ResponseHead
  kData = 3,      // body or tunnel bytes, never empty
  kFile = 4,      // worker -> router: FileSegment of a descriptor sent beside; router -> worker:
                  // the whole body is the descriptor sent beside (a spooled request body)
  kTrailers = 5,  // trailer fields, encoded as a head's fields
  kEnd = 6,       // the stream ended well; nothing follows
  kAbort = 7,     // the stream ended badly (application error after the head, truncated body)
};

// One frame as a reader sees it. `payload` lies in shared memory, or in the reader's own buffer
// when the frame was split over blocks, and is valid until the frame is consumed. What shared
// memory holds may change under a hostile peer: copy first, then check.
struct Frame {
  FrameType type;
  std::span<const std::byte> payload;
};

// Payload of kFile from the worker: a range of the file whose descriptor was sent with it.
struct FileSegment {
  uint64_t offset;  // bytes
  uint64_t length;  // bytes
};

}  // namespace monoceros::channel
