// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/settings.h"

namespace monoceros::config {

// All settings by section as valid YAML (a monoceros.yaml that gives the same settings), with a
// comment after each that says where its value came from.
std::string PrintConfig(const Settings& settings);

}  // namespace monoceros::config
