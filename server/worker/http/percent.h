// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace monoceros::http {

// `text` with its percent-encoded bytes decoded (RFC 3986 section 2.1); what is not "%" and two hex
// digits stays as it is. `text` itself when there is nothing to decode, else a view into `buffer`.
std::string_view DecodePercent(std::string_view text, std::string& buffer);

}  // namespace monoceros::http
