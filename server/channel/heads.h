// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monoceros::channel {

// A header field; both views point into the buffer that the head was decoded from.
struct Field {
  std::string_view name;
  std::string_view value;
};

// A request as the router parsed it: no Python process parses HTTP (docs/channel.md, "Heads").
struct RequestHead {
  std::string_view method;          // as sent, for example "GET"
  std::string_view target;          // the request-target as sent (RAW_URI)
  std::string_view path;            // the target's path, still percent-encoded
  std::string_view query;           // without '?'; empty when absent
  std::string_view scheme;          // "http" or "https"
  std::string_view remote_address;  // textual, empty for a Unix socket
  std::string_view server_address;  // textual address or socket path the client connected to
  uint16_t remote_port = 0;
  uint16_t server_port = 0;
  uint8_t version_minor = 1;  // HTTP/1.<minor>
  bool has_body = false;
  std::optional<uint64_t> content_length;  // bytes; absent: unknown (a stream) or no body
  std::vector<Field> fields;               // in order of arrival; names as sent
};

// A response head as the application gave it. The router adds Date, Server and the framing.
struct ResponseHead {
  uint16_t status = 200;
  std::string_view reason;
  std::vector<Field> fields;
};

// Encoded bytes, appended to `out`. Lengths above 2^32 - 1 are a broken invariant.
void Encode(const RequestHead& head, std::string& out);
void Encode(const ResponseHead& head, std::string& out);
void EncodeFields(std::span<const Field> fields, std::string& out);

// Views into `bytes`, which must be private memory (never the shared mapping) and outlive the
// head. False when the bytes are not what the encoder writes. `head` keeps its vectors' capacity,
// so that one object per thread serves all requests without allocation.
bool Decode(std::span<const std::byte> bytes, RequestHead& head);
bool Decode(std::span<const std::byte> bytes, ResponseHead& head);
bool DecodeFields(std::span<const std::byte> bytes, std::vector<Field>& fields);

}  // namespace monoceros::channel
