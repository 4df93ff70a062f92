// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace monoceros::config {

// `text` broken at spaces into lines of at most `width` columns, each indented by `indent` spaces
// and ended by a newline. A longer word has a line of its own.
std::string Wrap(std::string_view text, size_t indent, size_t width);

}  // namespace monoceros::config
