// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

namespace monoceros::http {

// Whether the field name, or another token, is `lower_case` but for the case of its ASCII letters
// (RFC 9110 section 5.1).
inline bool EqualsIgnoringCase(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(), [](char c, char lower) {
           return (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) == lower;
         });
}

}  // namespace monoceros::http
