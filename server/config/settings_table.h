// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace monoceros::config {

// One setting, as every source, --help, --print-config and docs/settings.md see it.
struct Setting {
  std::string_view name;  // in files; MONOCEROS_<NAME> in the environment
  std::string_view section;
  std::string_view flags;    // "-w, --workers"; empty: none
  std::string_view operand;  // what follows the flag in --help; empty: nothing does
  std::string_view implied;  // the value that a flag without operand stands for
  std::string_view meaning;  // one sentence; units included
  Value value;
  std::string_view variable = "";         // a further environment variable, not prefixed
  std::string_view variable_prefix = "";  // put before that variable's value
  bool live = false;                      // can be changed while the server runs
};

// All settings, grouped by section in the order in which people should read them.
std::span<const Setting> SettingsTable();

// By name; null when there is none.
const Setting* FindSetting(std::string_view name);

// MONOCEROS_WORKER_CLASS for worker_class.
std::string VariableOf(const Setting& setting);

// The default as text, for people; "none" for an empty one.
std::string DefaultText(const Setting& setting);

}  // namespace monoceros::config
