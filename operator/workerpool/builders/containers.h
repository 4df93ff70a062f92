// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/worker_pool.h"
#include "kube/object.h"

namespace monoceros::workerpool {

// How long a server may take to become ready for the first time, before its container is killed.
inline constexpr int kStartupSeconds = 300;

// Names of the pod's volumes, as containers mount them and the pod defines them.
inline constexpr char kRunVolume[] = "run";
inline constexpr char kTmpVolume[] = "tmp";
inline constexpr char kLiveVolume[] = "live";
inline constexpr char kAuthorityVolume[] = "control-ca";

// The application's server.
kube::Json BuildServerContainer(const api::WorkerPool& pool);
// Its agent, a native sidecar of the same image: metrics for Prometheus, gRPC for the operator.
kube::Json BuildAgentContainer(const api::WorkerPool& pool);

}  // namespace monoceros::workerpool
