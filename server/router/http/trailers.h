// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::router::http {

// Whether a trailer field of this name may be passed on: it must not bear on framing, routing,
// authentication, request conditions or the content's format (RFC 9110 section 6.5.1), all of which
// were decided before it came.
bool IsAllowedTrailer(std::string_view name);

}  // namespace monoceros::router::http
