// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/builders.h"
#include "workerpool/builders/metadata.h"
#include "workerpool/builders/pod_template.h"

namespace monoceros::workerpool {

kube::Json BuildDeployment(const api::WorkerPool& pool, int32_t replicas) {
  kube::Json deployment = OwnedObject(pool, kube::kDeployments, pool.key.name);
  deployment["spec"] = {
      {"replicas", replicas},
      {"revisionHistoryLimit", 3},
      {"selector", PodSelector(pool)},
      {"strategy",
       {{"type", "RollingUpdate"}, {"rollingUpdate", {{"maxUnavailable", 0}, {"maxSurge", 1}}}}},
      {"template", BuildPodTemplate(pool, TemplateHash(pool))}};
  return deployment;
}

}  // namespace monoceros::workerpool
