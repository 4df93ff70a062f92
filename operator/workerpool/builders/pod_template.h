// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/worker_pool.h"
#include "kube/object.h"

namespace monoceros::workerpool {

// `hash` is in a label and in the name of the live ConfigMap that the pod mounts.
kube::Json BuildPodTemplate(const api::WorkerPool& pool, const std::string& hash);

}  // namespace monoceros::workerpool
