// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace monoceros::config {

// " Did you mean X?" with the candidate nearest to `text` by edit distance, or nothing when none is
// near. Meant to follow a sentence.
std::string Suggest(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace monoceros::config
