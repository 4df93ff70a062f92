// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/settings.h"

namespace monoceros::config {

// Settings as one JSON object, for our other processes: every setting under its name, durations in
// seconds, sizes in bytes. `sources` is left out.
std::string ToJson(const Settings& settings);

// Reads what ToJson wrote. Missing settings keep their defaults; an unknown name or a wrong type is
// an error. Values are not checked again: the writer is our own master.
base::Result<Settings> FromJson(std::string_view text);

}  // namespace monoceros::config
