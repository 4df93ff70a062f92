// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace monoceros::router::http {

inline constexpr std::string_view kServerLine = "Server: monoceros\r\n";

// "HTTP/1.1 404 Not Found\r\n"; the registered phrase when `reason` is empty. The version is ours
// whatever the client's (RFC 9110 section 6.2). `status` has three digits.
void AppendStatusLine(int status, std::string_view reason, std::string& out);

}  // namespace monoceros::router::http
