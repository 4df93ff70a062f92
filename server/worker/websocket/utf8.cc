// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/utf8.h"

#include <cstdint>
#include <cstring>

namespace monoceros::websocket {
namespace {

size_t SkipAscii(std::string_view text, size_t at) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  uint64_t word;
  while (text.size() - at >= sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    if ((word & kHighBits) != 0) break;
    at += sizeof(word);
  }
  while (at < text.size() && static_cast<uint8_t>(text[at]) < 0x80) ++at;
  return at;
}

// What may begin a sequence: its length, and the range of its second byte. Length 0: nothing may.
struct Lead {
  size_t length;
  uint8_t lowest = 0x80;
  uint8_t highest = 0xbf;
};

Lead LeadOf(uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {2};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0};
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (size_t at = SkipAscii(text, 0); at < text.size(); at = SkipAscii(text, at)) {
    const Lead lead = LeadOf(static_cast<uint8_t>(text[at]));
    if (lead.length == 0 || text.size() - at < lead.length) return false;
    const auto second = static_cast<uint8_t>(text[at + 1]);
    if (second < lead.lowest || second > lead.highest) return false;
    for (size_t i = 2; i < lead.length; ++i) {
      if ((static_cast<uint8_t>(text[at + i]) & 0xc0) != 0x80) return false;
    }
    at += lead.length;
  }
  return true;
}

}  // namespace monoceros::websocket
