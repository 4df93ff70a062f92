// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace monoceros::http {

// The server's own answer to a request that the application failed to answer.
inline constexpr uint16_t kServerError = 500;
inline constexpr std::string_view kServerErrorBody = "500 Internal Server Error\n";

// Appends its encoded head.
void EncodeServerError(std::string& bytes);

}  // namespace monoceros::http
