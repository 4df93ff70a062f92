// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "router/http/refusal.h"
#include "router/http/request_parser.h"

namespace monoceros::router::http {

// Names with underscores are never passed on, because an environ makes HTTP_X_FOO of both X-Foo
// and X_Foo. On top of that a request is refused when one of them, with dashes for its
// underscores, is Content-Length, Content-Type or Transfer-Encoding, or the name of a field in
// `kept`: it can only be meant to deceive. Both lists hold offsets into `head`. Allocates, but only
// when `underscored` is not empty.
Refusal CheckShadowing(std::string_view head, const std::vector<FieldSpan>& kept,
                       const std::vector<FieldSpan>& underscored);

}  // namespace monoceros::router::http
