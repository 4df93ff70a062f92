// SPDX-License-Identifier: Apache-2.0
#include "channel/heads.h"

#include <cstdlib>
#include <cstring>
#include <limits>

namespace monoceros::channel {
namespace {

// Integers are in the machine's byte order: both sides run on one machine.
template <typename Integer>
void PutInteger(Integer value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void PutText(std::string_view text, std::string& out) {
  if (text.size() > std::numeric_limits<uint32_t>::max()) std::abort();
  PutInteger(static_cast<uint32_t>(text.size()), out);
  out.append(text);
}

// Takes values from the front of bytes that may be anything.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  template <typename Integer>
  bool Take(Integer& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return true;
  }

  bool Take(std::string_view& text) {
    uint32_t length = 0;
    if (!Take(length) || rest_.size() < length) return false;
    text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

  bool Take(std::vector<Field>& fields) {
    uint32_t count = 0;
    // A field takes at least its two lengths: a larger count is refused before it allocates.
    if (!Take(count) || count > rest_.size() / (2 * sizeof(uint32_t))) return false;
    fields.resize(count);
    for (Field& field : fields) {
      if (!Take(field.name) || !Take(field.value)) return false;
    }
    return true;
  }

  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

constexpr uint8_t kHasBody = 1;
constexpr uint8_t kHasLength = 2;

}  // namespace

void EncodeFields(std::span<const Field> fields, std::string& out) {
  PutInteger(static_cast<uint32_t>(fields.size()), out);
  for (const Field& field : fields) {
    PutText(field.name, out);
    PutText(field.value, out);
  }
}

void Encode(const RequestHead& head, std::string& out) {
  const auto flags = static_cast<uint8_t>((head.has_body ? kHasBody : 0) |
                                          (head.content_length ? kHasLength : 0));
  PutInteger(flags, out);
  PutInteger(head.version_minor, out);
  PutInteger(head.remote_port, out);
  PutInteger(head.server_port, out);
  PutInteger(head.content_length.value_or(0), out);
  for (const std::string_view text : {head.method, head.target, head.path, head.query, head.scheme,
                                      head.remote_address, head.server_address}) {
    PutText(text, out);
  }
  EncodeFields(head.fields, out);
}

void Encode(const ResponseHead& head, std::string& out) {
  PutInteger(head.status, out);
  PutText(head.reason, out);
  EncodeFields(head.fields, out);
}

bool Decode(std::span<const std::byte> bytes, RequestHead& head) {
  Cursor cursor(bytes);
  uint8_t flags = 0;
  uint64_t length = 0;
  const bool whole = cursor.Take(flags) && cursor.Take(head.version_minor) &&
                     cursor.Take(head.remote_port) && cursor.Take(head.server_port) &&
                     cursor.Take(length) && cursor.Take(head.method) && cursor.Take(head.target) &&
                     cursor.Take(head.path) && cursor.Take(head.query) &&
                     cursor.Take(head.scheme) && cursor.Take(head.remote_address) &&
                     cursor.Take(head.server_address) && cursor.Take(head.fields);
  head.has_body = (flags & kHasBody) != 0;
  head.content_length.reset();
  if ((flags & kHasLength) != 0) head.content_length = length;
  return whole && cursor.done();
}

bool Decode(std::span<const std::byte> bytes, ResponseHead& head) {
  Cursor cursor(bytes);
  return cursor.Take(head.status) && cursor.Take(head.reason) && cursor.Take(head.fields) &&
         cursor.done();
}

bool DecodeFields(std::span<const std::byte> bytes, std::vector<Field>& fields) {
  Cursor cursor(bytes);
  return cursor.Take(fields) && cursor.done();
}

}  // namespace monoceros::channel
