// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/environment.h"
#include "config/settings.h"

namespace monoceros::config {

// The kinds of values that settings have: which member holds it, and what is allowed. Texts are
// read and written in one form for all sources (see units.h).

struct IntegerValue {
  int Settings::* member;
  int least;
  int greatest;
};

// An integer, or "auto": the CPUs this process may use (see cpu_quota.h).
struct WorkersValue {
  int Settings::* member;
  int least;
  int greatest;
};

struct DurationValue {
  double Settings::* member;
};

struct SizeValue {
  uint64_t Settings::* member;
  uint64_t least = 0;
};

struct BoolValue {
  bool Settings::* member;
};

struct TextValue {
  std::string Settings::* member;
  // Gives the text to keep, or says what is allowed; null: any text.
  base::Result<std::string> (*resolve)(const std::string& text, const Environment& environment);
};

// Addresses to listen on, separated by commas or given several times.
struct BindValue {
  std::vector<std::string> Settings::* member;
};

struct PreloadValue {
  Preload Settings::* member;
};

using Value = std::variant<IntegerValue, WorkersValue, DurationValue, SizeValue, BoolValue,
                           TextValue, BindValue, PreloadValue>;

// Reads `texts` (one, or several for a list) into the settings. The error says what is allowed.
base::Result<void> Assign(const Value& value, const std::vector<std::string>& texts,
                          const Environment& environment, Settings& settings);

// The texts that Assign would read back; one, or as many as the list has.
std::vector<std::string> Show(const Value& value, const Settings& settings);

bool IsList(const Value& value);
bool IsBool(const Value& value);

// What is allowed, for a message: "an integer from 0 to 4096".
std::string Allowed(const Value& value);

const char* PreloadText(Preload preload);

}  // namespace monoceros::config
