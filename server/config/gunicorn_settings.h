// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace monoceros::config {

// A setting that Gunicorn 27 has and this release does not. It is refused by name, wherever it is
// given: ignoring it would run a server that is not the one its user described.
struct GunicornSetting {
  std::string_view name;   // in a configuration file
  std::string_view flags;  // "-D, --daemon"; empty: none
};

std::span<const GunicornSetting> UnsupportedGunicornSettings();

// By name ("daemon") or flag ("-D", "--daemon"); null when Gunicorn has no such setting or we
// support it.
const GunicornSetting* FindUnsupported(std::string_view name_or_flag);

// One sentence for the user.
std::string UnsupportedMessage(const GunicornSetting& setting);

}  // namespace monoceros::config
