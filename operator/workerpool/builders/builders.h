// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "api/worker_pool.h"

namespace monoceros::workerpool {

// One pure builder per kind: from the pool to the whole object that is applied, owned by the pool
// (controller reference, blockOwnerDeletion), with the standard labels (app.kubernetes.io/...,
// monoceros.dev/pool). The same input gives the same bytes.

// Of everything in the pod template that live changes do not touch: 10 characters that fit a name.
std::string TemplateHash(const api::WorkerPool& pool);

// Without the live values: they are in the live ConfigMap `<pool>-live-<hash>`, which the template
// mounts. `replicas` is what the pool wants now.
kube::Json BuildDeployment(const api::WorkerPool& pool, int32_t replicas);
kube::Json BuildService(const api::WorkerPool& pool);
kube::Json BuildPodDisruptionBudget(const api::WorkerPool& pool);
// Scales the WorkerPool itself by the pods' saturation; only with autoscaling.
kube::Json BuildHorizontalPodAutoscaler(const api::WorkerPool& pool);
// `<pool>-control-ca`: whom the agents believe (`ca.crt`).
kube::Json BuildControlAuthority(const api::WorkerPool& pool, const std::string& bundle);

// `<pool>-live-<hash>`: `live.yaml` in the server's format of a live file.
kube::Json BuildLiveConfig(const api::WorkerPool& pool, const std::string& hash,
                           const agents::LiveValues& values, uint64_t revision);
// What a live ConfigMap says; nothing when it is not one of ours.
struct LiveConfig {
  agents::LiveValues values;
  uint64_t revision = 0;
};
std::optional<LiveConfig> ReadLiveConfig(const kube::Json& config_map);

std::string LiveConfigName(const api::WorkerPool& pool, const std::string& hash);
std::string ControlAuthorityName(const api::WorkerPool& pool);

}  // namespace monoceros::workerpool
