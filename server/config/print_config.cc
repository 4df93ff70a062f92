// SPDX-License-Identifier: Apache-2.0
#include "config/print_config.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "config/settings_table.h"

namespace monoceros::config {
namespace {

constexpr size_t kCommentColumn = 48;

// A JSON string is a YAML string, too; quoting keeps "- : # %" from meaning something.
std::string Quote(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string ValueText(const Value& value, const Settings& settings) {
  const std::vector<std::string> texts = Show(value, settings);
  if (!IsList(value)) {
    return std::holds_alternative<TextValue>(value) ? Quote(texts.front()) : texts.front();
  }
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + Quote(text);
  return "[" + list + "]";
}

std::string Line(const Setting& setting, const Settings& settings) {
  const auto found = settings.sources.find(std::string(setting.name));
  const std::string source = found == settings.sources.end() ? "default" : found->second;
  const std::string value = ValueText(setting.value, settings);
  // An empty text is the absence of the setting, which a file says by leaving it out.
  const char* hidden = value == "\"\"" ? "# " : "";
  const std::string entry = fmt::format("{}{}: {}", hidden, setting.name, value);
  return fmt::format("{:<{}}  # {}\n", entry, kCommentColumn, source);
}

}  // namespace

std::string PrintConfig(const Settings& settings) {
  std::string text;
  std::string_view section;
  for (const Setting& setting : SettingsTable()) {
    if (setting.section != section) {
      text += fmt::format("{}# {}\n", text.empty() ? "" : "\n", setting.section);
    }
    section = setting.section;
    text += Line(setting, settings);
  }
  return text;
}

}  // namespace monoceros::config
