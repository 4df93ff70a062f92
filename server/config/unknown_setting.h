// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace monoceros::config {

// Sentences for settings that we do not have: a setting of Gunicorn's is named as not supported
// yet, anything else gets the nearest name. `source` says where it was given.
std::string UnknownName(std::string_view name, std::string_view source);
std::string UnknownFlag(std::string_view flag, std::string_view source);

// The last word about names that can be given only on the command line ("config"); empty for
// others.
std::string CommandLineOnly(std::string_view name);

}  // namespace monoceros::config
