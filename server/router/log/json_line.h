// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "router/log/access_log.h"

namespace monoceros::router {

// Appends one JSON object: time, remote_address, method, target, protocol, status, bytes, referer,
// user_agent (null where the client sent none), duration, queue_time, application_time, gil_wait,
// cpu, run_queue, other and write in seconds (the last five null where not measured), and pid of
// the worker (null without one).
void AppendJsonLine(const AccessRecord& record, std::string_view time, std::string& out);

}  // namespace monoceros::router
