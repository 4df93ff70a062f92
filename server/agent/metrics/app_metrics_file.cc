// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/app_metrics_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace monoceros::agent {

namespace {

using Json = nlohmann::json;

constexpr std::array kTypes = {std::pair{"counter", AppMetricType::kCounter},
                               std::pair{"gauge", AppMetricType::kGauge},
                               std::pair{"histogram", AppMetricType::kHistogram},
                               std::pair{"summary", AppMetricType::kSummary}};
constexpr std::array kModes = {"all", "min", "max", "sum", "mostrecent"};
constexpr size_t kGreatestKey = 64 << 10;

template <typename T>
T Read(std::string_view file, size_t at) {
  T value;
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}

bool Letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool ValidName(std::string_view name, bool colon) {
  const auto valid = [colon](char c) {
    return Letter(c) || (c >= '0' && c <= '9') || (colon && c == ':');
  };
  return !name.empty() && (Letter(name[0]) || (colon && name[0] == ':')) &&
         std::all_of(name.begin(), name.end(), valid);
}

// Which suffixes a type's samples have.
bool Belongs(const AppMetricEntry& entry, AppMetricType type) {
  if (!entry.sample.starts_with(entry.family)) return false;
  const std::string_view suffix = std::string_view(entry.sample).substr(entry.family.size());
  switch (type) {
    case AppMetricType::kCounter:
      return suffix == "_total" || suffix.empty();
    case AppMetricType::kGauge:
      return suffix.empty();
    case AppMetricType::kHistogram:
      return suffix == "_sum" || (suffix == "_bucket" && entry.labels.contains("le"));
    case AppMetricType::kSummary:
      return suffix == "_sum" || suffix == "_count";
  }
  return false;
}

bool TakeLabels(const Json& json, AppMetricEntry& entry) {
  if (!json.is_object()) return false;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string() || !ValidName(name, false) || name.starts_with("__")) return false;
    entry.labels[name] = value.get<std::string>();
  }
  return true;
}

// ["family", "sample", {"label": "value"}, "help"]
std::optional<AppMetricEntry> ParseKey(std::string_view key, AppMetricType type) {
  const Json json = Json::parse(key, nullptr, false);
  if (!json.is_array() || json.size() < 3 || json.size() > 4) return {};
  if (!json[0].is_string() || !json[1].is_string()) return {};
  if (json.size() == 4 && !json[3].is_string()) return {};
  AppMetricEntry entry{json[0].get<std::string>(), json[1].get<std::string>(), {}, "", 0, 0};
  if (json.size() == 4) entry.help = json[3].get<std::string>();
  if (!TakeLabels(json[2], entry) || !ValidName(entry.sample, true)) return {};
  if (!Belongs(entry, type)) return {};
  // The text format has one line for it.
  std::replace(entry.help.begin(), entry.help.end(), '\n', ' ');
  return entry;
}

// `value_bytes`: of the value, with or without a time.
std::optional<std::vector<AppMetricEntry>> ParseEntries(std::string_view used, AppMetricType type,
                                                        size_t value_bytes) {
  std::vector<AppMetricEntry> entries;
  size_t at = 8;
  while (at < used.size()) {
    if (used.size() - at < 4) return {};
    const auto length = static_cast<size_t>(static_cast<uint32_t>(Read<int32_t>(used, at)));
    if (length == 0 || length > kGreatestKey) return {};
    const size_t padded = length + (8 - (length + 4) % 8);
    if (used.size() - at - 4 < padded + value_bytes) return {};
    std::optional<AppMetricEntry> entry = ParseKey(used.substr(at + 4, length), type);
    if (!entry) return {};
    const size_t value = at + 4 + padded;
    entry->value = Read<double>(used, value);
    if (value_bytes > sizeof(double)) entry->time = Read<double>(used, value + sizeof(double));
    entries.push_back(std::move(*entry));
    at = value + value_bytes;
  }
  return entries;
}

bool TakeNumber(std::string_view& text, uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

// "3": worker slot 3; "3-77", "template-77": a process forked by it; "template".
bool ParseIdentity(std::string_view text, AppMetricsName& name) {
  uint32_t number = 0;
  if (text.starts_with("template")) {
    text.remove_prefix(8);
  } else if (TakeNumber(text, number)) {
    name.slot = number;
  } else {
    return false;
  }
  if (text.empty()) return true;
  name.forked = true;
  text.remove_prefix(1);
  return TakeNumber(text, number) && text.empty();
}

bool KnownMode(std::string_view mode) {
  if (mode.starts_with("live")) mode.remove_prefix(4);
  return std::find(kModes.begin(), kModes.end(), mode) != kModes.end();
}

std::string_view TakePart(std::string_view& text) {
  const size_t end = std::min(text.find('_'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

std::optional<AppMetricsName> ParseAppMetricsName(std::string_view file_name) {
  if (!file_name.ends_with(".db")) return {};
  file_name.remove_suffix(3);
  const std::string_view type = TakePart(file_name);
  const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                  [type](const auto& entry) { return entry.first == type; });
  if (known == kTypes.end()) return {};
  AppMetricsName name;
  name.type = known->second;
  if (name.type == AppMetricType::kGauge) {
    name.mode = TakePart(file_name);
    if (!KnownMode(name.mode)) return {};
  }
  if (!ParseIdentity(file_name, name)) return {};
  return name;
}

std::optional<std::vector<AppMetricEntry>> ParseAppMetrics(std::string_view file,
                                                           AppMetricType type) {
  if (file.empty()) return std::vector<AppMetricEntry>();
  if (file.size() < 8) return {};
  const int32_t used = Read<int32_t>(file, 0);
  if (used == 0) return std::vector<AppMetricEntry>();  // just made
  if (used < 8 || static_cast<size_t>(used) > file.size()) return {};
  const std::string_view part = file.substr(0, static_cast<size_t>(used));
  auto entries = ParseEntries(part, type, 2 * sizeof(double));
  return entries ? entries : ParseEntries(part, type, sizeof(double));
}

}  // namespace monoceros::agent
