// SPDX-License-Identifier: Apache-2.0
#include "config/settings_json.h"

#include <fmt/core.h>

#include <map>
#include <nlohmann/json.hpp>

#include "config/settings_table.h"

namespace monoceros::config {

using nlohmann::json;

// Found by nlohmann::json through their namespace.
void to_json(json& to, Preload preload) { to = PreloadText(preload); }
void from_json(const json& from, Preload& preload) {
  const auto text = from.get<std::string>();
  if (text == "on") {
    preload = Preload::kOn;
  } else {
    preload = text == "off" ? Preload::kOff : Preload::kAuto;
  }
}

std::string ToJson(const Settings& settings) {
  json object = json::object();
  for (const Setting& setting : SettingsTable()) {
    std::visit([&](const auto& value) { object[setting.name] = settings.*value.member; },
               setting.value);
  }
  // Paths may hold any byte; replacing a broken one beats failing to start the router.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<Settings> FromJson(std::string_view text) {
  Settings settings;
  try {
    const auto object = json::parse(text).get<std::map<std::string, json>>();
    for (const auto& [name, item] : object) {
      const Setting* setting = FindSetting(name);
      if (setting == nullptr) return base::Fail("settings as JSON: unknown setting " + name);
      std::visit([&, &from = item](const auto& value) { from.get_to(settings.*value.member); },
                 setting->value);
    }
  } catch (const json::exception& error) {
    return base::Fail(fmt::format("settings as JSON: {}", error.what()));
  }
  return settings;
}

}  // namespace monoceros::config
