// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace monoceros::config {

// The text of --help: every flag by section, with meaning and default, 80 columns wide.
std::string HelpText();
// The lines of --help about one setting, for other programs that take it. The name must be known.
std::string SettingHelp(std::string_view name);
// The text of --version.
std::string VersionText();

}  // namespace monoceros::config
