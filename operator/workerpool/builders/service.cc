// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/builders.h"
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {

using kube::Json;

Json BuildService(const api::WorkerPool& pool) {
  Json service = OwnedObject(pool, kube::kServices, pool.key.name);
  const Json port = {{"name", "http"},
                     {"port", 80},
                     {"protocol", "TCP"},
                     {"targetPort", "http"},
                     {"appProtocol", "http"}};
  service["spec"] = {{"selector", {{api::kPoolLabel, pool.key.name}}},
                     {"ports", Json::array({port})}};
  return service;
}

}  // namespace monoceros::workerpool
