// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace monoceros::config {

// "-w, --workers" -> {"-w", "--workers"}.
inline std::vector<std::string> SplitFlags(std::string_view flags) {
  std::vector<std::string> split;
  while (!flags.empty()) {
    const size_t comma = std::min(flags.find(", "), flags.size());
    split.emplace_back(flags.substr(0, comma));
    flags.remove_prefix(std::min(comma + 2, flags.size()));
  }
  return split;
}

}  // namespace monoceros::config
