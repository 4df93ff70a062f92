// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "router/http/characters.h"

namespace monoceros::router::http {

// No message may be longer: offsets into a spool file are signed.
inline constexpr uint64_t kLongestBody = std::numeric_limits<int64_t>::max();

// The value of a Content-Length field: digits only, no sign, no list, at most kLongestBody
// (RFC 9110 section 8.6).
inline std::optional<uint64_t> ParseContentLength(std::string_view digits) {
  uint64_t length = 0;
  const char* end = digits.data() + digits.size();
  if (!AllIn(kDigit, digits)) return std::nullopt;
  const auto [stop, error] = std::from_chars(digits.data(), end, length);
  if (error != std::errc() || stop != end || length > kLongestBody) return std::nullopt;
  return length;
}

}  // namespace monoceros::router::http
