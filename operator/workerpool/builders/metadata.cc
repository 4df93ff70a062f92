// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json OwnerReference(const api::WorkerPool& pool) {
  return {{"apiVersion", kube::kWorkerPools.ApiVersion()},
          {"kind", kube::kWorkerPools.kind},
          {"name", pool.key.name},
          {"uid", pool.uid},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

}  // namespace

Json StandardLabels(const api::WorkerPool& pool) {
  return {{"app.kubernetes.io/name", "monoceros"},
          {"app.kubernetes.io/instance", pool.key.name},
          {"app.kubernetes.io/managed-by", api::kFieldManager},
          {api::kPoolLabel, pool.key.name}};
}

Json OwnedObject(const api::WorkerPool& pool, const kube::Resource& resource,
                 const std::string& name) {
  return {{"apiVersion", resource.ApiVersion()},
          {"kind", resource.kind},
          {"metadata",
           {{"name", name},
            {"namespace", pool.key.ns},
            {"labels", StandardLabels(pool)},
            {"ownerReferences", Json::array({OwnerReference(pool)})}}}};
}

Json PodSelector(const api::WorkerPool& pool) {
  return {{"matchLabels", {{api::kPoolLabel, pool.key.name}}}};
}

}  // namespace monoceros::workerpool
