// SPDX-License-Identifier: Apache-2.0
#include "stacks/line_table.h"

namespace monoceros::stacks {
namespace {

constexpr int64_t kUnitBytes = 2;  // of a code unit
constexpr unsigned kOneLineFirst = 10;
constexpr unsigned kOneLineLast = 12;
constexpr unsigned kNoColumns = 13;
constexpr unsigned kLong = 14;
constexpr unsigned kNone = 15;

class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> rest) : rest_(rest) {}

  bool AtEnd() const { return rest_.empty(); }
  // 0 beyond the end, which also ends every varint.
  unsigned Byte() {
    if (rest_.empty()) return 0;
    const auto byte = std::to_integer<unsigned>(rest_.front());
    rest_ = rest_.subspan(1);
    return byte;
  }
  // Six bits at a time, the lowest first; bit 6: more follow.
  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 6) {
      const unsigned byte = Byte();
      if (shift < 60) value |= static_cast<uint64_t>(byte & 0x3f) << shift;
      if ((byte & 0x40) == 0) return value;
    }
  }
  int64_t SignedVarint() {
    const uint64_t value = Varint();
    const auto magnitude = static_cast<int64_t>(value >> 1);
    return (value & 1) != 0 ? -magnitude : magnitude;
  }

 private:
  std::span<const std::byte> rest_;
};

// Reads what follows an entry's first byte; gives what it adds to the line.
int64_t ReadLineDelta(Cursor& cursor, unsigned code) {
  if (code == kNone) return 0;
  if (code == kNoColumns) return cursor.SignedVarint();
  if (code == kLong) {
    const int64_t delta = cursor.SignedVarint();
    for (int skipped = 0; skipped < 3; ++skipped) cursor.Varint();  // end line, columns
    return delta;
  }
  cursor.Byte();  // columns
  if (code < kOneLineFirst || code > kOneLineLast) return 0;
  cursor.Byte();
  return code - kOneLineFirst;
}

}  // namespace

int64_t LineAt(std::span<const std::byte> table, int64_t first_line, int64_t offset) {
  Cursor cursor(table);
  // Unsigned, so that a broken table wraps around and does no harm.
  auto line = static_cast<uint64_t>(first_line);
  int64_t end = 0;
  while (!cursor.AtEnd()) {
    const unsigned first = cursor.Byte();
    const unsigned code = first >> 3 & 0xf;
    line += static_cast<uint64_t>(ReadLineDelta(cursor, code));
    end += static_cast<int64_t>((first & 7) + 1) * kUnitBytes;
    if (offset >= 0 && offset < end) return code == kNone ? 0 : static_cast<int64_t>(line);
  }
  return 0;
}

}  // namespace monoceros::stacks
