// SPDX-License-Identifier: Apache-2.0
#pragma once

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
  if (digits.empty() || !AllIn(kDigit, digits)) return std::nullopt;
  uint64_t length = 0;
  for (const char c : digits) {
    const uint64_t digit = c - '0';
    if (length > (kLongestBody - digit) / 10) return std::nullopt;
    length = length * 10 + digit;
  }
  return length;
}

}  // namespace monoceros::router::http
