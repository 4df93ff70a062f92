// SPDX-License-Identifier: Apache-2.0
#include "channel/heads.h"

#include <cstdlib>
#include <cstring>

namespace monoceros::channel {
namespace {

constexpr uint8_t kHasBody = 1;
constexpr uint8_t kHasLength = 2;

struct RequestFixed {
  uint64_t content_length;
  uint16_t remote_port;
  uint16_t server_port;
  uint8_t version_minor;
  uint8_t flags;
  uint16_t reserved;
};
static_assert(sizeof(RequestFixed) == 16);

struct ResponseFixed {
  uint16_t status;
  uint16_t reserved;
};
static_assert(sizeof(ResponseFixed) == 4);

template <typename T>
void PutRaw(const T& value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

uint32_t Checked(size_t length) {
  if (length > UINT32_MAX) std::abort();
  return static_cast<uint32_t>(length);
}

void PutText(std::string_view text, std::string& out) {
  PutRaw(Checked(text.size()), out);
  out.append(text);
}

// Takes values from the front of a buffer; after a failure everything fails.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  template <typename T>
  bool Get(T& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return true;
  }

  bool Get(std::string_view& text) {
    uint32_t length;
    if (!Get<uint32_t>(length) || length > rest_.size()) return false;
    text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

  // The rest of the buffer: every field, and nothing else.
  bool GetFields(std::vector<Field>& fields) {
    fields.clear();
    uint32_t count;
    // Two lengths each at least: a wrong count cannot make us allocate more than we were given.
    if (!Get<uint32_t>(count) || count > rest_.size() / (2 * sizeof(uint32_t))) return false;
    fields.resize(count);
    for (Field& field : fields) {
      if (!Get(field.name) || !Get(field.value)) return false;
    }
    return rest_.empty();
  }

 private:
  std::string_view rest_;
};

}  // namespace

void Encode(const RequestHead& head, std::string& out) {
  const uint8_t flags =
      static_cast<uint8_t>((head.has_body ? kHasBody : 0) | (head.content_length ? kHasLength : 0));
  PutRaw(RequestFixed{head.content_length.value_or(0), head.remote_port, head.server_port,
                      head.version_minor, flags, 0},
         out);
  for (std::string_view text : {head.method, head.target, head.path, head.query, head.scheme,
                                head.remote_address, head.server_address}) {
    PutText(text, out);
  }
  EncodeFields(head.fields, out);
}

void Encode(const ResponseHead& head, std::string& out) {
  PutRaw(ResponseFixed{head.status, 0}, out);
  PutText(head.reason, out);
  EncodeFields(head.fields, out);
}

void EncodeFields(std::span<const Field> fields, std::string& out) {
  PutRaw(Checked(fields.size()), out);
  for (const Field& field : fields) {
    PutText(field.name, out);
    PutText(field.value, out);
  }
}

bool Decode(std::span<const std::byte> bytes, RequestHead& head) {
  Cursor cursor(bytes);
  RequestFixed fixed;
  if (!cursor.Get(fixed) || (fixed.flags & ~(kHasBody | kHasLength)) != 0) return false;
  head.remote_port = fixed.remote_port;
  head.server_port = fixed.server_port;
  head.version_minor = fixed.version_minor;
  head.has_body = (fixed.flags & kHasBody) != 0;
  head.content_length.reset();
  if ((fixed.flags & kHasLength) != 0) head.content_length = fixed.content_length;
  for (std::string_view* text : {&head.method, &head.target, &head.path, &head.query, &head.scheme,
                                 &head.remote_address, &head.server_address}) {
    if (!cursor.Get(*text)) return false;
  }
  return cursor.GetFields(head.fields);
}

bool Decode(std::span<const std::byte> bytes, ResponseHead& head) {
  Cursor cursor(bytes);
  ResponseFixed fixed;
  if (!cursor.Get(fixed) || !cursor.Get(head.reason)) return false;
  head.status = fixed.status;
  return cursor.GetFields(head.fields);
}

bool DecodeFields(std::span<const std::byte> bytes, std::vector<Field>& fields) {
  return Cursor(bytes).GetFields(fields);
}

}  // namespace monoceros::channel
