// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::agent::dashboard {

// The dashboard: one HTML document, complete in itself. Lives as long as the program.
std::string_view Page();

}  // namespace monoceros::agent::dashboard
