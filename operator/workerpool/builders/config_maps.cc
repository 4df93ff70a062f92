// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "workerpool/builders/builders.h"
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {

std::string LiveConfigName(const api::WorkerPool& pool, const std::string& hash) {
  return fmt::format("{}-live-{}", pool.key.name, hash);
}

std::string ControlAuthorityName(const api::WorkerPool& pool) {
  return pool.key.name + "-control-ca";
}

kube::Json BuildControlAuthority(const api::WorkerPool& pool, const std::string& bundle) {
  kube::Json config_map = OwnedObject(pool, kube::kConfigMaps, ControlAuthorityName(pool));
  config_map["data"] = {{"ca.crt", bundle}};
  return config_map;
}

}  // namespace monoceros::workerpool
