// SPDX-License-Identifier: Apache-2.0
#include "config/unknown_setting.h"

#include <fmt/core.h>

#include <array>
#include <string>
#include <vector>

#include "config/flags.h"
#include "config/gunicorn_settings.h"
#include "config/settings_table.h"
#include "config/suggest.h"

namespace monoceros::config {
namespace {

constexpr std::array<std::string_view, 3> kOnlyFlags = {"config", "check_config", "print_config"};

std::vector<std::string> KnownNames() {
  std::vector<std::string> names;
  for (const Setting& setting : SettingsTable()) names.emplace_back(setting.name);
  for (const GunicornSetting& setting : UnsupportedGunicornSettings()) {
    names.emplace_back(setting.name);
  }
  return names;
}

std::vector<std::string> KnownFlags() {
  std::vector<std::string> known = {"--config", "--check-config", "--print-config", "--help",
                                    "--version"};
  const auto add = [&known](std::string_view flags) {
    for (std::string& flag : SplitFlags(flags)) {
      if (flag.starts_with("--")) known.push_back(std::move(flag));
    }
  };
  for (const Setting& setting : SettingsTable()) add(setting.flags);
  for (const GunicornSetting& setting : UnsupportedGunicornSettings()) add(setting.flags);
  return known;
}

}  // namespace

std::string CommandLineOnly(std::string_view name) {
  for (const std::string_view only : kOnlyFlags) {
    if (name == only) return fmt::format("{} can be given only on the command line.", name);
  }
  return "";
}

std::string UnknownName(std::string_view name, std::string_view source) {
  const std::string only = CommandLineOnly(name);
  if (!only.empty()) return fmt::format("{}: {}", source, only);
  if (const GunicornSetting* setting = FindUnsupported(name)) {
    return fmt::format("{}: {}", source, UnsupportedMessage(*setting));
  }
  return fmt::format("{}: there is no setting {}.{}", source, name, Suggest(name, KnownNames()));
}

std::string UnknownFlag(std::string_view flag, std::string_view source) {
  if (const GunicornSetting* setting = FindUnsupported(flag)) {
    return fmt::format("{}: {} cannot be used: {}", source, flag, UnsupportedMessage(*setting));
  }
  const std::string suggestion = flag.starts_with("--") ? Suggest(flag, KnownFlags()) : "";
  return fmt::format("{}: there is no option {}.{} See monoceros --help.", source, flag,
                     suggestion);
}

}  // namespace monoceros::config
