// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <string>

#include "base/result.h"
#include "worker/template/snapshot.h"

namespace monoceros::worker {

// What prometheus_client of the application writes into `directory`
// (python/monoceros/app_metrics.py); an empty one: nothing is done. Both need the GIL.

// In the template, before the application is imported.
base::Result<void> StartAppMetrics(const std::string& directory);
// In a worker of slot `row`, before the application is imported or runs.
base::Result<void> EnterAppMetrics(const std::string& directory, uint32_t row);

// Forgets the files of `directory` that this process has open: each process opens its own after a
// fork, so that they are no hazard.
void ForgetAppMetrics(const std::string& directory, Snapshot& snapshot);

}  // namespace monoceros::worker
