// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace monoceros::runtime {

// Kubernetes' MicroTime: RFC 3339 in UTC with six decimals, "2026-11-21T10:46:48.000123Z".
std::string MicroTime(std::chrono::system_clock::time_point time);

}  // namespace monoceros::runtime
