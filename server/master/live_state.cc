// SPDX-License-Identifier: Apache-2.0
#include "master/live_state.h"

#include <fmt/format.h>

#include <utility>

#include "config/assignment.h"
#include "master/template_kind.h"

namespace monoceros::master {
namespace {

using base::Fail;
using base::Result;

std::string SourceText(uint64_t revision) {
  return revision == 0 ? "signal" : fmt::format("live revision {}", revision);
}

void SetValues(const LiveChange& change, std::map<std::string, std::string>& values) {
  for (const auto& [name, text] : change.settings) values[name] = text;
  if (change.workers) values["workers"] = *change.workers;
  if (change.threads) values["threads"] = *change.threads;
  if (change.worker_class) values["worker_class"] = *change.worker_class;
}

}  // namespace

bool IsLive(const std::string& setting) {
  const config::Setting* found = config::FindSetting(setting);
  return found != nullptr && found->live;
}

LiveState::LiveState(config::Settings configured)
    : configured_(std::move(configured)), settings_(configured_) {}

Result<config::Settings> LiveState::Merge(const config::Settings& configured,
                                          const LiveValues& values) const {
  config::Assignments assignments;
  for (const auto& [name, text] : values.values) {
    const config::Setting* setting = config::FindSetting(name);
    if (setting == nullptr || !setting->live) {
      return Fail(
          fmt::format("{}: cannot be changed while the server runs; set it in the "
                      "configuration and restart",
                      name));
    }
    assignments.push_back({setting, {text}, SourceText(values.revision)});
  }
  config::Settings settings = configured;
  const auto environment = config::Environment::OfThisProcess();
  if (auto applied = config::Apply(assignments, environment, settings); !applied) {
    return tl::make_unexpected(applied.error());
  }
  if (auto resolved = config::Resolve(settings); !resolved) {
    return tl::make_unexpected(resolved.error());
  }
  if (auto has = HasApplication(configured, settings); !has) {
    return tl::make_unexpected(has.error());
  }
  return settings;
}

Result<LiveState::Outcome> LiveState::Resolve(const LiveChange& change, LiveValues values) const {
  SetValues(change, values.values);
  // Whoever asks for sync asks for one request at a time.
  if (change.worker_class && !change.threads && *change.worker_class == "sync") {
    values.values["threads"] = "1";
  }
  // Gunicorn's rule makes gthread of sync with threads, and nothing makes sync of gthread but a
  // word.
  const bool by_threads = change.threads && !change.worker_class;
  if (by_threads && !values.values.contains("worker_class")) {
    values.values["worker_class"] = settings_.worker_class;
  }
  auto settings = Merge(configured_, values);
  if (!settings) return tl::make_unexpected(settings.error());
  if (values.values.contains("worker_class")) {
    values.values["worker_class"] = settings->worker_class;
  }
  return Outcome{std::move(*settings), std::move(values)};
}

Result<LiveState::Outcome> LiveState::Try(const LiveChange& change, uint64_t revision,
                                          bool from_operator) const {
  return Resolve(change, {values_.values, revision, from_operator});
}

Result<LiveState::Outcome> LiveState::TryInstead(const LiveChange& change, uint64_t revision,
                                                 bool from_operator) const {
  return Resolve(change, {{}, revision, from_operator});
}

void LiveState::Adopt(Outcome outcome) {
  settings_ = std::move(outcome.settings);
  values_ = std::move(outcome.values);
}

void LiveState::Restore(const LiveValues& values) {
  auto settings = Merge(configured_, values);
  // A configuration that has changed since may not go with them; then it alone holds.
  if (settings) {
    Adopt({std::move(*settings), values});
  } else {
    Adopt({configured_, {}});
  }
}

void LiveState::SetWorkers(int count) {
  values_.values["workers"] = std::to_string(count);
  settings_.workers = count;
  settings_.sources["workers"] = "signal";
}

Result<config::Settings> LiveState::Reconfigured(const config::Settings& configured) const {
  return values_.revision == 0 ? configured : Merge(configured, values_);
}

Result<void> LiveState::Reconfigure(const config::Settings& configured) {
  auto settings = Reconfigured(configured);
  if (!settings) return tl::make_unexpected(settings.error());
  if (values_.revision == 0) values_ = {};
  configured_ = configured;
  settings_ = std::move(*settings);
  return {};
}

}  // namespace monoceros::master
