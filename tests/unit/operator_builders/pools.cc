// SPDX-License-Identifier: Apache-2.0
#include "pools.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "yaml_text.h"

namespace monoceros::workerpool {

nlohmann::json StoredManifest(const std::string& path) {
  nlohmann::json object = ReadYamlFile(path);
  object["metadata"]["namespace"] = "web";
  object["metadata"]["uid"] = "7d2c6a53-5d0c-4d52-9d27-0a3f8e1b9c44";
  object["metadata"]["generation"] = 3;
  return object;
}

api::WorkerPool ParsedPool(const nlohmann::json& object) {
  auto pool = api::ParseWorkerPool(std::make_shared<const kube::Json>(object));
  if (pool) return *std::move(pool);
  std::fprintf(stderr, "%s\n", pool.error().message.c_str());
  std::abort();
}

api::WorkerPool MinimalPool() {
  return ParsedPool(StoredManifest(DEPLOY_DIR "/samples/minimal.yaml"));
}

api::WorkerPool AutoscaledPool() {
  return ParsedPool(StoredManifest(DEPLOY_DIR "/samples/autoscaled.yaml"));
}

api::WorkerPool FullPool() { return ParsedPool(StoredManifest(GOLDEN_DIR "/full_pool.yaml")); }

}  // namespace monoceros::workerpool
