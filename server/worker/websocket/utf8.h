// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::websocket {

// Whether `text` is whole, well-formed UTF-8 (RFC 3629 section 4: nothing overlong, no surrogates,
// nothing above U+10FFFF).
bool IsUtf8(std::string_view text);

}  // namespace monoceros::websocket
