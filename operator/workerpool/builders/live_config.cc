// SPDX-License-Identifier: Apache-2.0
// Live values as the server's live file, and back.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

#include "workerpool/builders/builders.h"
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {
namespace {

using agents::LiveValues;
using kube::Json;

constexpr char kFile[] = "live.yaml";

// As JSON quotes it, which is YAML too, so that every reader takes it for a text.
std::string Quoted(const std::string& text) { return Json(text).dump(); }

std::string SettingName(const std::string& name) {
  const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
  return plain && !name.empty() ? name : Quoted(name);
}

std::string LiveFile(const LiveValues& values, uint64_t revision) {
  std::string file = fmt::format("liveRevision: {}\n", revision);
  if (values.workers) file += fmt::format("workers: {}\n", *values.workers);
  if (values.threads) file += fmt::format("threads: {}\n", *values.threads);
  if (!values.worker_class.empty()) file += fmt::format("worker_class: {}\n", values.worker_class);
  if (!values.settings.empty()) file += "settings:\n";
  for (const auto& [name, text] : values.settings) {
    file += fmt::format("  {}: {}\n", SettingName(name), Quoted(text));
  }
  return file;
}

// Throws what yaml-cpp throws.
LiveConfig ReadLiveFile(const std::string& text) {
  const YAML::Node root = YAML::Load(text);
  LiveConfig config;
  config.revision = root["liveRevision"].as<uint64_t>();
  if (const auto workers = root["workers"]) config.values.workers = workers.as<uint32_t>();
  if (const auto threads = root["threads"]) config.values.threads = threads.as<uint32_t>();
  if (const auto name = root["worker_class"]) config.values.worker_class = name.as<std::string>();
  if (const auto settings = root["settings"]) {
    config.values.settings = settings.as<std::map<std::string, std::string>>();
  }
  return config;
}

}  // namespace

Json BuildLiveConfig(const api::WorkerPool& pool, const std::string& hash, const LiveValues& values,
                     uint64_t revision) {
  Json config_map = OwnedObject(pool, kube::kConfigMaps, LiveConfigName(pool, hash));
  config_map["metadata"]["labels"][api::kTemplateHashLabel] = hash;
  config_map["data"] = {{kFile, LiveFile(values, revision)}};
  return config_map;
}

std::optional<LiveConfig> ReadLiveConfig(const Json& config_map) {
  if (!config_map.is_object() || !config_map.contains("data")) return {};
  const Json& data = config_map["data"];
  if (!data.is_object() || !data.contains(kFile) || !data[kFile].is_string()) return {};
  try {
    return ReadLiveFile(data[kFile].get<std::string>());
  } catch (const YAML::Exception&) {
    return {};
  }
}

}  // namespace monoceros::workerpool
