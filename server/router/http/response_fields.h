// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "channel/heads.h"

namespace monoceros::router::http {

// What the application's fields say about things that the server decides or adds.
struct ResponseFields {
  std::optional<uint64_t> content_length;
  bool close = false;  // Connection: close
  bool has_upgrade = false;
  bool has_date = false;
  bool has_server = false;
};

// Whether `text` may stand in a field value or reason: no control character but HTAB.
bool IsFieldText(std::string_view text);

// Checks all fields of a response with this status: names are tokens, values are field text,
// Content-Length is valid and all of several are equal, no hop-by-hop field but Connection: close
// or keep-alive, and Upgrade with 101 and 426 (RFC 9110 sections 5.5, 7.6.1, 7.8 and 8.6).
base::Result<ResponseFields> CheckResponseFields(const channel::ResponseHead& head);

// Appends the lines of the fields that are passed on as they are: all but Connection and
// Content-Length, which the server writes.
void AppendFields(const channel::ResponseHead& head, std::string& out);

}  // namespace monoceros::router::http
