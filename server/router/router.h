// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/message_socket.h"
#include "config/settings.h"

namespace monoceros::router {

// All that a router process is given by the master that forked it.
struct RouterStart {
  config::Settings settings;
  std::vector<base::Fd> listeners;  // bound, listening, close-on-exec
  base::MessageSocket master;       // docs/control_messages.md
  base::Fd scoreboard;
  base::Fd health_listener = {};  // as one of `listeners`, for health_bind; may be empty
};

// Runs the router until the master orders it to stop or goes away. Returns the exit status: 0 after
// an ordered stop. Signals are blocked or ignored by the caller. Throws base::SystemError when the
// machine does not allow it to start.
int RunRouter(RouterStart start);

}  // namespace monoceros::router
