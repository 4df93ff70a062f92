// SPDX-License-Identifier: Apache-2.0
#include "config/help.h"

#include <fmt/core.h>

#include <cstdlib>

#include "config/settings_table.h"
#include "config/wrap.h"

namespace monoceros::config {
namespace {

constexpr size_t kWidth = 80;

constexpr std::string_view kIntroduction =
    R"(Usage: monoceros [OPTIONS] MODULE:CALLABLE

Serves a Python web application (WSGI or ASGI) over HTTP.

  monoceros shop.wsgi                        one worker on 127.0.0.1:8000
  monoceros -w auto --threads 4 -b :80 shop.wsgi:application

Settings come from these places, later ones winning: their defaults, the file
monoceros.yaml here or the one that -c names, environment variables
(MONOCEROS_WORKERS=4), GUNICORN_CMD_ARGS, and the command line.

General
  -c, --config FILE
      The settings file, YAML. Default: monoceros.yaml, if there is one.
  --check-config
      Check the settings, import the application, and leave: 0 if all is well.
  --print-config
      Show all settings and where each came from, and leave.
  -h, --help
      Show this text and leave.
  -v, --version
      Show the version and leave.
)";

std::string Usage(const Setting& setting) {
  if (setting.flags.empty()) return "MODULE:CALLABLE";
  const bool attached = setting.operand.starts_with('[');
  const char* space = setting.operand.empty() || attached ? "" : " ";
  return fmt::format("{}{}{}", setting.flags, space, setting.operand);
}

std::string Meaning(const Setting& setting) {
  std::string text(setting.meaning);
  if (IsBool(setting.value)) text += fmt::format(" This flag sets it to {}.", setting.implied);
  if (DefaultText(setting) == "none") return text;
  text += " Default: ";
  if (!setting.variable.empty()) {
    text += fmt::format("{}${}, else ", setting.variable_prefix, setting.variable);
  }
  return text + DefaultText(setting) + ".";
}

std::string Lines(const Setting& setting) {
  return fmt::format("  {}\n", Usage(setting)) + Wrap(Meaning(setting), 6, kWidth);
}

}  // namespace

std::string HelpText() {
  std::string text(kIntroduction);
  std::string_view section;
  for (const Setting& setting : SettingsTable()) {
    if (setting.section != section) text += fmt::format("\n{}\n", setting.section);
    section = setting.section;
    text += Lines(setting);
  }
  return text;
}

std::string SettingHelp(std::string_view name) {
  const Setting* setting = FindSetting(name);
  if (setting == nullptr) std::abort();
  return Lines(*setting);
}

std::string VersionText() { return "monoceros " MONOCEROS_VERSION "\n"; }

}  // namespace monoceros::config
