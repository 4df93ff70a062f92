// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <span>
#include <string>

#include "master/worker.h"
#include "scoreboard/layout.h"

namespace monoceros::master {

// Copies what the master knows of a worker into its row; relaxed stores.
// Also the text fields of rows: cut, NUL-padded.
void PublishText(const std::string& text, std::span<std::atomic<char>> field);
void PublishWorker(const Worker& worker, scoreboard::WorkerRow& row);

}  // namespace monoceros::master
