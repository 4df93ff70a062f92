// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "master/worker.h"
#include "scoreboard/layout.h"

namespace monoceros::master {

// Copies what the master knows of a worker into its row; relaxed stores.
void PublishWorker(const Worker& worker, scoreboard::WorkerRow& row);

}  // namespace monoceros::master
