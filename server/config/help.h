// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace monoceros::config {

// The text of --help: every flag by section, with meaning and default, 80 columns wide.
std::string HelpText();
// The text of --version.
std::string VersionText();

}  // namespace monoceros::config
