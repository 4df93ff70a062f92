// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "router/http/refusal.h"

namespace monoceros::router::http {

// The longest line before a chunk, extensions included.
inline constexpr size_t kLongestChunkLine = 256;

struct ChunkLine {
  uint64_t size = 0;
  size_t digits = 0;  // length of the hexadecimal size at the line's begin
};

// Reads the line before a chunk (without its CRLF): 1 to 16 hexadecimal digits, then extensions
// (RFC 9112 section 7.1.1), which are checked and ignored. White space is refused anywhere but in
// quoted strings: no sender has reason to produce it, and parsers disagree on it.
Refusal ParseChunkLine(std::string_view line, ChunkLine& chunk);

}  // namespace monoceros::router::http
