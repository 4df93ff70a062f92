// SPDX-License-Identifier: Apache-2.0
#include "agents/held_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/assignment.h"
#include "config/settings_table.h"

namespace monoceros::agents {
namespace {

using Texts = std::map<std::string, std::string>;

Texts Written(const LiveValues& wanted) {
  Texts texts = wanted.settings;
  if (wanted.workers) texts["workers"] = fmt::to_string(*wanted.workers);
  if (wanted.threads) texts["threads"] = fmt::to_string(*wanted.threads);
  if (!wanted.worker_class.empty()) texts["worker_class"] = wanted.worker_class;
  return texts;
}

// As a server says them. What this version does not know stays as it is written.
Texts Canonical(Texts texts) {
  config::Assignments assignments;
  for (const auto& [name, text] : texts) {
    const config::Setting* setting = config::FindSetting(name);
    if (setting != nullptr) assignments.push_back({setting, {text}, "wanted"});
  }
  config::Settings settings;
  const bool understood =
      config::Apply(assignments, config::Environment(), settings) && config::Resolve(settings);
  if (!understood) return texts;
  for (const config::Assignment& each : assignments) {
    texts[std::string(each.setting->name)] =
        fmt::format("{}", fmt::join(config::Show(each.setting->value, settings), ","));
  }
  return texts;
}

}  // namespace

std::string Difference(const LiveValues& wanted, const Texts& held) {
  for (const auto& [name, text] : Canonical(Written(wanted))) {
    const auto found = held.find(name);
    if (found == held.end()) return fmt::format("{} is not known there", name);
    if (found->second != text) return fmt::format("{} is {}, not {}", name, found->second, text);
  }
  return "";
}

}  // namespace monoceros::agents
