// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/websocket/message_reader.h"

namespace monoceros::websocket {

// First bytes of frames (RFC 6455 section 5.2).
inline constexpr uint8_t kFin = 0x80;
inline constexpr uint8_t kRsv1Bit = 0x40;

// A frame as a client sends it: masked.
inline std::string ClientFrame(uint8_t first, std::string_view payload) {
  constexpr std::string_view kKey = "\x37\xfa\x21\x3d";
  std::string frame(1, static_cast<char>(first));
  const size_t size = payload.size();
  const size_t length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  const size_t marks[] = {size, 0, 126, 0, 0, 0, 0, 0, 127};
  frame += static_cast<char>(0x80 | marks[length_bytes]);
  for (size_t i = length_bytes; i > 0; --i) frame += static_cast<char>(size >> (8 * (i - 1)));
  frame += kKey;
  for (size_t i = 0; i < size; ++i) frame += static_cast<char>(payload[i] ^ kKey[i % 4]);
  return frame;
}

struct Seen {
  MessageReader::Event event;
  std::string payload;
  uint16_t code = 0;

  bool operator==(const Seen&) const = default;
};

// What a reader makes of `bytes` when they come `step` at a time, until they end or it fails.
inline std::vector<Seen> ReadAll(MessageReader& reader, std::string_view bytes, size_t step) {
  using Event = MessageReader::Event;
  std::vector<Seen> seen;
  for (;;) {
    const Event event = reader.Next();
    if (event == Event::kNeedMore) {
      if (bytes.empty()) return seen;
      reader.Feed(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
      continue;
    }
    const bool last = event == Event::kClose || event == Event::kFailed;
    seen.push_back({event, std::string(reader.payload()), last ? reader.code() : uint16_t{0}});
    if (last) return seen;
  }
}

}  // namespace monoceros::websocket
