// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::router::http {

// Whether `text` is host [ ":" port ] as a Host field or an absolute target may carry it: a
// registered name or IPv4 address of RFC 3986 characters, or an IPv6 address in brackets; no
// userinfo; the host not empty (RFC 9110 section 4.2.1); the port at most 65535.
bool IsAuthority(std::string_view text);

}  // namespace monoceros::router::http
