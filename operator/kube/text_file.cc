// SPDX-License-Identifier: Apache-2.0
#include "kube/text_file.h"

#include <fstream>
#include <iterator>

namespace monoceros::kube {

std::optional<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  text.resize(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace monoceros::kube
