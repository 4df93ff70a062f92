// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "kube/http.h"

namespace monoceros::kube {

// How long to wait before the same request may be sent again; nothing: it may not. Only what the
// server asked to be repeated is: 429 and 5xx with Retry-After, `attempt` (from 0) below 10.
std::optional<std::chrono::seconds> RetryDelay(const HttpResponse& response, int attempt);

}  // namespace monoceros::kube
