// SPDX-License-Identifier: Apache-2.0
#include "router/http/chunk_line.h"

#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

constexpr size_t kMostDigits = 16;

// Of a hexadecimal digit.
uint64_t HexValue(char c) { return In(kDigit, c) ? c - '0' : ToLower(c) - 'a' + 10; }

// Removes a token from the front of `rest`; false when there is none.
bool SkipToken(std::string_view& rest) {
  size_t length = 0;
  while (length < rest.size() && In(kToken, rest[length])) ++length;
  rest.remove_prefix(length);
  return length != 0;
}

// Removes a quoted string from the front of `rest`, which begins with its quote.
bool SkipQuoted(std::string_view& rest) {
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool SkipExtension(std::string_view& rest) {
  if (rest.front() != ';') return false;
  rest.remove_prefix(1);
  if (!SkipToken(rest)) return false;
  if (!rest.starts_with('=')) return true;
  rest.remove_prefix(1);
  return rest.starts_with('"') ? SkipQuoted(rest) : SkipToken(rest);
}

}  // namespace

Refusal ParseChunkLine(std::string_view line, ChunkLine& chunk) {
  chunk.digits = 0;
  while (chunk.digits < line.size() && In(kHexDigit, line[chunk.digits])) ++chunk.digits;
  if (chunk.digits == 0 || chunk.digits > kMostDigits) return Bad("invalid chunk size");
  chunk.size = 0;
  for (const char c : line.substr(0, chunk.digits)) chunk.size = chunk.size * 16 + HexValue(c);
  std::string_view rest = line.substr(chunk.digits);
  while (!rest.empty()) {
    if (!SkipExtension(rest)) return Bad("invalid chunk extension");
  }
  return kAccepted;
}

}  // namespace monoceros::router::http
