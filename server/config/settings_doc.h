// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace monoceros::config {

// The whole of docs/settings.md.
std::string SettingsDocument();

}  // namespace monoceros::config
