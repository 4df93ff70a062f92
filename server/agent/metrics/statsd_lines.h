// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/metrics/statsd.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// What is to be sent for what happened between two snapshots, one metric a line. Gunicorn sends a
// line per request; here counters carry their growth, and each bucket of the time of the
// application is one timer with a sample rate, placed within the bucket so that the mean of all is
// the true one. Without `before` (or with one of another master) only gauges.
std::vector<std::string> StatsdLines(const scoreboard::Snapshot* before,
                                     const scoreboard::Snapshot& now, const StatsdOptions& options);

// The lines in as few datagrams as fit into the usual packet of a network.
std::vector<std::string> PackDatagrams(const std::vector<std::string>& lines);

}  // namespace monoceros::agent
