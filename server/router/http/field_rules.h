// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "router/http/refusal.h"
#include "router/http/request_parser.h"

namespace monoceros::router::http {

// The rules for fields that decide framing, routing or the life of the connection: Host,
// Content-Length, Transfer-Encoding, Connection, Expect, Upgrade (RFC 9110 sections 7.2, 7.8, 8.6
// and 10.1.1; RFC 9112 sections 3.2, 6 and 9). One object per head.
class FieldRules {
 public:
  // Refuses what is wrong whatever follows: repeated or malformed fields.
  Refusal Take(std::string_view name, std::string_view value);

  // After the last field: refuses bad combinations, then sets the head's keep_alive,
  // expect_continue, upgrade, chunked and content_length. `head.version_minor` is set.
  Refusal Finish(uint64_t max_body, ParsedHead& head) const;

 private:
  Refusal TakeHost(std::string_view value);
  Refusal TakeContentLength(std::string_view value);
  Refusal TakeTransferEncoding(std::string_view value);
  void TakeConnection(std::string_view value);
  Refusal CheckFraming(uint8_t version_minor) const;

  bool has_host_ = false;
  bool has_transfer_encoding_ = false;
  bool unknown_coding_ = false;
  bool has_upgrade_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool connection_upgrade_ = false;
  bool expect_continue_ = false;
  bool unknown_expectation_ = false;
  std::optional<uint64_t> content_length_;
};

}  // namespace monoceros::router::http
