// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/builders.h"
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {

// Pods that do not serve never keep a node from being drained.
kube::Json BuildPodDisruptionBudget(const api::WorkerPool& pool) {
  kube::Json budget = OwnedObject(pool, kube::kPodDisruptionBudgets, pool.key.name);
  budget["spec"] = {{"maxUnavailable", 1},
                    {"unhealthyPodEvictionPolicy", "AlwaysAllow"},
                    {"selector", PodSelector(pool)}};
  return budget;
}

}  // namespace monoceros::workerpool
