// SPDX-License-Identifier: Apache-2.0
#include "config/wrap.h"

#include <algorithm>

namespace monoceros::config {

std::string Wrap(std::string_view text, size_t indent, size_t width) {
  std::string lines;
  std::string line;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines += line + "\n";
      line.clear();
    }
    line += line.empty() ? std::string(indent, ' ') : " ";
    line += word;
  }
  return line.empty() ? lines : lines + line + "\n";
}

}  // namespace monoceros::config
