// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/metrics/family.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// Appends the application's own families, merged from prometheus_client's files in `directory`, and
// monoceros_app_metrics_skipped_files: how many files were left out because they are not what we
// understand. Files of gauges of live modes count only while their worker slot lives. With an empty
// or missing directory there are no such files.
void AddAppMetrics(const std::string& directory, const scoreboard::Snapshot& now,
                   Families& families);

}  // namespace monoceros::agent
