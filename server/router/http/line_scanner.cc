// SPDX-License-Identifier: Apache-2.0
#include "router/http/line_scanner.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace monoceros::router::http {
namespace {

constexpr bool IsControl(uint8_t c) { return (c < 0x20 && c != '\t') || c == 0x7f; }

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = kOnes * 0x80;

// The high bit of the first byte that is below 0x20 or DEL is the lowest bit set in the result;
// bytes after it may be marked wrongly, because subtraction borrows.
constexpr uint64_t MarkControls(uint64_t word) {
  const uint64_t is_delete = word ^ (kOnes * 0x7f);
  return (((word - kOnes * 0x20) & ~word) | ((is_delete - kOnes) & ~is_delete)) & kHighBits;
}

LineStatus Refuse(LineCursor& cursor, std::string_view reason) {
  cursor.refusal = Bad(reason);
  return LineStatus::kRefused;
}

}  // namespace

// Eight bytes at a time, because every byte of every head passes here.
size_t FindControl(std::string_view text, size_t from) {
  while (std::endian::native == std::endian::little && text.size() - from >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data() + from, sizeof(word));
    const uint64_t marks = MarkControls(word);
    from += marks == 0 ? sizeof(word) : std::countr_zero(marks) / 8;
    if (marks != 0 && text[from] != '\t') return from;
    if (marks != 0) ++from;
  }
  while (from < text.size() && !IsControl(text[from])) ++from;
  return from;
}

LineStatus ScanLine(std::string_view text, size_t limit, LineCursor& cursor) {
  const size_t stop = FindControl(text, cursor.position);
  cursor.position = stop;
  if (stop - cursor.start > limit) return LineStatus::kTooLong;
  if (stop == text.size()) return LineStatus::kPartial;
  if (text[stop] == '\n') return Refuse(cursor, "line feed without carriage return");
  if (text[stop] != '\r') return Refuse(cursor, "control character");
  if (stop + 1 == text.size()) return LineStatus::kPartial;
  if (text[stop + 1] != '\n') return Refuse(cursor, "carriage return without line feed");
  cursor.end = stop;
  return LineStatus::kLine;
}

}  // namespace monoceros::router::http
