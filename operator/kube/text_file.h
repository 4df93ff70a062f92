// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace monoceros::kube {

// A small file's text without white space at its end; nothing when it cannot be read or is empty.
std::optional<std::string> ReadTextFile(const std::string& path);

}  // namespace monoceros::kube
