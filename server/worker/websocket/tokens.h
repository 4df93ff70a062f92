// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace monoceros::websocket {

// Cuts the next member off a list (RFC 9110 section 5.6.1) and trims it; empty members are given
// too. A quoted separator does not separate.
inline std::string_view NextMember(std::string_view& list, char separator) {
  bool quoted = false;
  size_t end = 0;
  for (; end < list.size() && (quoted || list[end] != separator); ++end) {
    if (list[end] == '"') quoted = !quoted;
  }
  std::string_view member = list.substr(0, end);
  list.remove_prefix(end < list.size() ? end + 1 : end);
  const size_t begin = member.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return member.substr(begin, member.find_last_not_of(" \t") - begin + 1);
}

}  // namespace monoceros::websocket
