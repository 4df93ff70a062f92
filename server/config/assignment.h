// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/environment.h"
#include "config/settings.h"
#include "config/settings_table.h"

namespace monoceros::config {

// What one source says about one setting.
struct Assignment {
  const Setting* setting;
  std::vector<std::string> texts;  // several only for lists
  std::string source;              // for people: "monoceros.yaml line 3", "-w on the command line"
};

using Assignments = std::vector<Assignment>;

// Assigns in order, so that a later source replaces an earlier one. The first value that is not
// allowed is the error: setting, source, value, and what is allowed.
base::Result<void> Apply(const Assignments& assignments, const Environment& environment,
                         Settings& settings);

// The rules between settings, after all sources: sync with threads is gthread, body_memory fits
// into router_memory.
base::Result<void> Resolve(Settings& settings);

}  // namespace monoceros::config
