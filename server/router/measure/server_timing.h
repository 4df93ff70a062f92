// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "router/measure/time_split.h"

namespace monoceros::router {

// Appends the field line "Server-Timing: queue;dur=0.120, cpu;dur=3.141\r\n" (W3C Server Timing):
// what is known of queue, gil, cpu, runq and other, in milliseconds. Nothing known: no line.
void AppendServerTiming(const TimeSplit& split, std::string& out);

}  // namespace monoceros::router
