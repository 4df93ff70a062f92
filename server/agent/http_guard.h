// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/http_message.h"
#include "base/result.h"

namespace monoceros::agent {

// What keeps pages of other sites, opened in somebody's browser, away from the agent. Pure.

// The host of a Host field without port and brackets: "[::1]:9102" -> "::1".
std::string_view HostName(std::string_view host);

// At a loopback address only its own names may be in Host: another one has been pointed here by its
// owner (DNS rebinding).
base::Result<void> CheckHost(const HttpRequest& request, bool loopback);

// A change comes from our own page or from no browser at all: Sec-Fetch-Site and Origin, where they
// are, must name this very origin, and the body is application/json, which no form can send.
base::Result<void> CheckChange(const HttpRequest& request);

// The Content-Security-Policy of a page: its own inline scripts by their hashes, nothing from
// outside, no framing.
std::string ContentSecurityPolicy(std::string_view page);

}  // namespace monoceros::agent
