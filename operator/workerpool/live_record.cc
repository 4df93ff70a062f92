// SPDX-License-Identifier: Apache-2.0
#include "workerpool/live_record.h"

#include "workerpool/builders/builders.h"
#include "workerpool/digest.h"
#include "workerpool/observed.h"

namespace monoceros::workerpool {
namespace {

using agents::LiveValues;
using kube::Json;

constexpr char kLastGood[] = "monoceros.dev/last-good";
constexpr char kRefused[] = "monoceros.dev/refused";
constexpr char kRefusal[] = "monoceros.dev/refusal";

std::string Text(const LiveValues& values) {
  Json json = {{"settings", values.settings}};
  if (values.workers) json["workers"] = *values.workers;
  if (values.threads) json["threads"] = *values.threads;
  if (!values.worker_class.empty()) json["workerClass"] = values.worker_class;
  return json.dump();
}

std::optional<uint32_t> CountAt(const Json& json, const char* pointer) {
  const int64_t count = kube::NumberAt(json, pointer, -1);
  if (count < 0 || count > UINT32_MAX) return {};
  return static_cast<uint32_t>(count);
}

std::optional<LiveValues> Values(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  LiveValues values;
  values.workers = CountAt(json, "/workers");
  values.threads = CountAt(json, "/threads");
  values.worker_class = kube::TextAt(json, "/workerClass");
  const Json& settings = kube::At(json, "/settings");
  if (!settings.is_object()) return {};
  for (const auto& [name, value] : settings.items()) {
    if (!value.is_string()) return {};
    values.settings[name] = value.get<std::string>();
  }
  return values;
}

}  // namespace

std::string DigestOf(const LiveValues& values) { return Digest(Text(values)); }

std::optional<LiveRecord> ReadLiveRecord(const Json& config_map) {
  auto config = ReadLiveConfig(config_map);
  if (!config) return {};
  LiveRecord record{.values = std::move(config->values), .revision = config->revision};
  record.last_good = Values(AnnotationOf(config_map, kLastGood));
  record.refused = AnnotationOf(config_map, kRefused);
  record.refusal = AnnotationOf(config_map, kRefusal);
  return record;
}

Json BuildLiveRecord(const api::WorkerPool& pool, const std::string& hash,
                     const LiveRecord& record) {
  Json config_map = BuildLiveConfig(pool, hash, record.values, record.revision);
  Json& annotations = config_map["metadata"]["annotations"];
  annotations = Json::object();
  if (record.last_good) annotations[kLastGood] = Text(*record.last_good);
  if (!record.refused.empty()) annotations[kRefused] = record.refused;
  if (!record.refusal.empty()) annotations[kRefusal] = record.refusal;
  return config_map;
}

}  // namespace monoceros::workerpool
