// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/worker_pool.h"
#include "kube/object.h"

namespace monoceros::workerpool {

// The labels of every child and pod.
kube::Json StandardLabels(const api::WorkerPool& pool);
// An object of the pool's namespace, owned by the pool: apiVersion, kind and metadata.
kube::Json OwnedObject(const api::WorkerPool& pool, const kube::Resource& resource,
                       const std::string& name);
// The pods, as `spec.selector` of most kinds has them.
kube::Json PodSelector(const api::WorkerPool& pool);

}  // namespace monoceros::workerpool
