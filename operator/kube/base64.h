// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace monoceros::kube {

// Standard alphabet with padding; spaces and line ends between are skipped. Nothing: it is none.
std::optional<std::string> Base64Decoded(std::string_view text);

}  // namespace monoceros::kube
