// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monoceros::config {

// Splits `text` into words as a POSIX shell does: white space separates; single quotes, double
// quotes and backslashes protect; nothing is expanded. An open quote or a backslash at the end is
// an error.
base::Result<std::vector<std::string>> SplitShellWords(std::string_view text);

}  // namespace monoceros::config
