// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/metrics/family.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// The newest traced request of each bucket of monoceros_request_duration_seconds.
ExemplarTexts RequestExemplars(const scoreboard::RouterCopy& router);

}  // namespace monoceros::agent
