// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "agents/live_values.h"

namespace monoceros::agents {

// How the settings that a server has (by name, as it says them) differ from what was wanted:
// "threads is 4, not 8". Empty when they do not. Two ways to write one value ("1m", "60") are the
// same.
std::string Difference(const LiveValues& wanted, const std::map<std::string, std::string>& held);

}  // namespace monoceros::agents
