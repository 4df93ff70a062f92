// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace monoceros::asgi {

// What the exchanges of a worker follow; docs/settings.md has the settings of the same names.
struct Settings {
  base::Nanoseconds disconnect_grace = 0;
  // Requests for a WebSocket are of scope websocket; otherwise the application speaks the protocol
  // in a tunnel.
  bool websockets = true;
  uint64_t websocket_max_message_size = 0;        // bytes
  base::Nanoseconds websocket_ping_interval = 0;  // 0: no pings
  base::Nanoseconds websocket_ping_timeout = 0;   // 0: none
  bool websocket_per_message_deflate = true;
};

}  // namespace monoceros::asgi
