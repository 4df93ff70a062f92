// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "router/http/refusal.h"
#include "router/http/request_parser.h"

namespace monoceros::router::http {

// Where the authority of an absolute-form target is; length 0 for the other forms.
struct AuthoritySpan {
  uint32_t offset = 0;
  uint32_t length = 0;
};

// Checks a request line (without its CRLF) and fills the head's method, target, path, query and
// version. `offset` is where the line begins in the buffer that the head's offsets refer to.
//
// Accepted (RFC 9112 section 3): exactly one space between the parts; a method of 3 to 20
// characters without lower-case letters, never CONNECT; a target in origin form, in absolute form
// with http or https, or "*" for OPTIONS, made of visible ASCII without '#'; HTTP/1.0 or HTTP/1.1.
Refusal ParseRequestLine(std::string_view line, uint32_t offset, ParsedHead& head,
                         AuthoritySpan& authority);

}  // namespace monoceros::router::http
