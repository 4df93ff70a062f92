// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "api/worker_pool.h"

namespace monoceros::workerpool {

// A manifest as the API server keeps it: with a namespace, a uid and a generation. Aborts the test
// program when it is none.
nlohmann::json StoredManifest(const std::string& path);
api::WorkerPool ParsedPool(const nlohmann::json& object);

// The pools of the tests: deploy/samples/minimal.yaml, .../autoscaled.yaml and
// golden/full_pool.yaml, which has every field.
api::WorkerPool MinimalPool();
api::WorkerPool AutoscaledPool();
api::WorkerPool FullPool();

}  // namespace monoceros::workerpool
