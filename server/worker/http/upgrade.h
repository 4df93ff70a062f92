// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "channel/heads.h"

namespace monoceros::http {

// The protocols that the request would switch to: the value of its first Upgrade field; empty when
// it does not ask. The router tunnels only what asks: HTTP/1.1 or later, without a body, with
// Connection: upgrade (RFC 9110 section 7.8). A view into the head.
std::string_view UpgradeOf(const channel::RequestHead& head);

}  // namespace monoceros::http
