// SPDX-License-Identifier: Apache-2.0
#include "stacks/objects.h"

#include <algorithm>
#include <cstring>

namespace monoceros::stacks {
namespace {

constexpr size_t kObjectBytes = 128;  // more than the fixed part of a str or bytes
constexpr uint32_t kReplacement = 0xfffd;

bool IsCharacter(uint32_t point) { return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff); }

void AppendUtf8(std::string& text, uint32_t point) {
  if (!IsCharacter(point)) point = kReplacement;
  const auto put = [&text](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
  }
  put(0x80 | (point & 0x3f));
}

// `width` bytes for each code point.
std::string ToUtf8(const std::vector<std::byte>& data, size_t width) {
  std::string text;
  for (size_t at = 0; at + width <= data.size(); at += width) {
    uint32_t point = 0;
    std::memcpy(&point, data.data() + at, width);
    AppendUtf8(text, point);
  }
  return text;
}

std::optional<std::vector<std::byte>> Copy(const RemoteMemory& memory, uint64_t address,
                                           size_t bytes) {
  std::vector<std::byte> data(bytes);
  if (bytes > 0 && !memory.Read(address, data)) return std::nullopt;
  return data;
}

}  // namespace

std::optional<std::string> Objects::Text(uint64_t address) const {
  const auto object =
      Block::Read(memory_, address, std::min<size_t>(kObjectBytes, table_.text_data));
  if (!object || object->At<uint64_t>(table_.object_type) != table_.text_type) return std::nullopt;
  const auto state = object->At<uint32_t>(table_.text_state);
  const size_t width = state >> (table_.text_kind_shift & 31) & 7;
  const auto length = object->At<int64_t>(table_.text_length);
  const bool wide = width == 1 || width == 2 || width == 4;
  if ((state & table_.text_compact) == 0 || !wide || length < 0) return std::nullopt;
  const bool ascii = (state & table_.text_ascii) != 0;
  const uint64_t data = address + (ascii ? table_.text_ascii_data : table_.text_data);
  const auto copy = Copy(memory_, data, std::min<size_t>(length, kMaxText) * width);
  if (!copy) return std::nullopt;
  return ToUtf8(*copy, width);
}

std::optional<std::vector<std::byte>> Objects::Bytes(uint64_t address, size_t max) const {
  const auto object =
      Block::Read(memory_, address, std::min<size_t>(kObjectBytes, table_.bytes_data));
  if (!object || object->At<uint64_t>(table_.object_type) != table_.bytes_type) return std::nullopt;
  const auto length = object->At<int64_t>(table_.bytes_length);
  if (length < 0 || static_cast<uint64_t>(length) > max) return std::nullopt;
  return Copy(memory_, address + table_.bytes_data, static_cast<size_t>(length));
}

}  // namespace monoceros::stacks
