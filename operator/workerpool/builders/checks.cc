// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "config/assignment.h"
#include "config/settings_table.h"
#include "config/unknown_setting.h"
#include "workerpool/builders/containers.h"

namespace monoceros::workerpool {
namespace {

using config::Setting;

constexpr char kSource[] = "spec.settings";

struct PoolField {
  std::string_view setting;
  std::string_view field;
};

// Settings that have a field of the pool.
constexpr std::array<PoolField, 5> kPoolFields = {
    {{"workers", "spec.workers"},
     {"threads", "spec.threads"},
     {"worker_class", "spec.workerClass"},
     {"graceful_timeout", "spec.gracefulTimeoutSeconds"},
     {"drain_delay", "spec.drainDelaySeconds"}}};

Problem InvalidSetting(const std::string& message) { return {"InvalidSetting", message}; }

const PoolField* FieldOf(std::string_view setting) {
  const auto found = std::ranges::find(kPoolFields, setting, &PoolField::setting);
  return found == kPoolFields.end() ? nullptr : &*found;
}

// Where else the setting belongs, if not among the live ones.
std::optional<Problem> CheckPlace(const std::string& name, const Setting* setting) {
  if (const PoolField* field = FieldOf(name)) {
    return InvalidSetting(
        fmt::format("spec.settings.{}: it is a field of the pool; set {}", name, field->field));
  }
  if (setting == nullptr) {
    return Problem{"UnknownSetting", config::UnknownName(name, kSource)};
  }
  if (setting->live) return {};
  return Problem{"SettingNotLive",
                 fmt::format("spec.settings.{}: it cannot be changed while the server runs; set {} "
                             "in spec.env, which replaces the pods",
                             name, config::VariableOf(*setting))};
}

std::optional<Problem> CheckSetting(const std::string& name, const std::string& text,
                                    config::Settings& settings) {
  const Setting* setting = config::FindSetting(name);
  if (auto misplaced = CheckPlace(name, setting)) return misplaced;
  const auto applied = config::Apply({{setting, {text}, kSource}}, {}, settings);
  if (!applied) return InvalidSetting(applied.error().message);
  return {};
}

// What lies below the live values. A value that is not allowed is the server's to refuse, which may
// be of another version than this program.
void ApplyVariables(const kube::Json& env, config::Settings& settings) {
  for (const Setting& setting : config::SettingsTable()) {
    if (!setting.live || FieldOf(setting.name) != nullptr) continue;
    const std::string variable = config::VariableOf(setting);
    for (const kube::Json& entry : env) {
      if (kube::TextAt(entry, "/name") != variable) continue;
      const std::string text = kube::TextAt(entry, "/value");
      if (!text.empty()) (void)config::Apply({{&setting, {text}, "spec.env"}}, {}, settings);
    }
  }
}

// Fields of the pool that are settings too.
void ApplyFields(const api::WorkerPoolSpec& spec, config::Settings& settings) {
  if (spec.workers) settings.workers = static_cast<int>(*spec.workers);
  if (spec.threads) settings.threads = static_cast<int>(*spec.threads);
  if (!spec.worker_class.empty()) settings.worker_class = spec.worker_class;
  for (const char* name : {"workers", "threads", "worker_class"}) settings.sources[name] = "spec";
}

// The startup probe must not kill a server that is still within its own time.
std::optional<Problem> CheckBootTimeout(const config::Settings& settings) {
  if (settings.boot_timeout > 0 && settings.boot_timeout <= kStartupSeconds) return {};
  return InvalidSetting(
      fmt::format("boot_timeout ({}): in a pod more than 0 and at most {} seconds, after which its "
                  "startup probe has failed",
                  settings.sources.at("boot_timeout"), kStartupSeconds));
}

// The rules between settings.
std::optional<Problem> CheckTogether(config::Settings settings) {
  const auto resolved = config::Resolve(settings);
  if (!resolved) return Problem{"SettingsDoNotFit", resolved.error().message};
  return {};
}

}  // namespace

std::vector<Problem> CheckPool(const api::WorkerPool& pool) {
  std::vector<Problem> problems;
  const auto add = [&problems](std::optional<Problem> problem) {
    if (problem) problems.push_back(*std::move(problem));
  };
  config::Settings settings;
  ApplyVariables(pool.spec.env, settings);
  ApplyFields(pool.spec, settings);
  for (const auto& [name, text] : pool.spec.settings) add(CheckSetting(name, text, settings));
  add(CheckBootTimeout(settings));
  add(CheckTogether(settings));
  return problems;
}

}  // namespace monoceros::workerpool
