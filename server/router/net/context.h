// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/event_loop.h"
#include "base/log.h"
#include "base/timeout_list.h"
#include "router/dispatch/dispatcher.h"
#include "router/http/response_head.h"
#include "router/log/access_log.h"
#include "router/measure/connection_states.h"
#include "router/net/budget.h"
#include "router/net/connection_settings.h"
#include "scoreboard/layout.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::router {

class Connection;

// A run of response bytes: in shared memory, or a range of a file.
struct BodyPiece {
  iovec memory{};
  base::Fd file;
  uint64_t offset = 0;
  uint64_t length = 0;
};

// Buffers that one call of ResponsePump::Pump fills; kept so that none is allocated per response.
struct ResponseScratch {
  std::vector<BodyPiece> pieces;
  std::vector<iovec> parts;
  std::string prefix;  // interim heads, the head, the first chunk's size line
  std::string suffix;
  std::string timing;  // a Server-Timing line
  channel::ResponseHead head;
};

// Timers of connections, one list for each kind of time limit.
struct ConnectionTimeouts {
  explicit ConnectionTimeouts(const ConnectionSettings& settings)
      : header(settings.header_timeout),
        body(settings.body_timeout),
        keepalive(settings.keepalive),
        send(settings.send_timeout) {}

  void Configure(const ConnectionSettings& settings) {
    header.SetDuration(settings.header_timeout);
    body.SetDuration(settings.body_timeout);
    keepalive.SetDuration(settings.keepalive);
    send.SetDuration(settings.send_timeout);
  }
  void FireExpired(base::Nanoseconds now) {
    for (base::TimeoutList* list : All()) list->FireExpired(now);
  }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) {
    for (base::TimeoutList* list : All())
      otherwise = std::min(otherwise, list->NextDeadline(otherwise));
    return otherwise;
  }
  std::array<base::TimeoutList*, 5> All() { return {&header, &body, &keepalive, &send, &linger}; }

  base::TimeoutList header;
  base::TimeoutList body;
  base::TimeoutList keepalive;
  base::TimeoutList send;
  base::TimeoutList linger{2 * base::kNanosecondsPerSecond};  // see Connection, "lingering"
};

// What every connection works with; owned by the router, outlives the connections. One thread.
struct Context {
  base::EventLoop& loop;
  base::Logger& log;
  Dispatcher& dispatcher;
  AccessLog* access_log;  // null: none
  const scoreboard::Scoreboard& scoreboard;
  scoreboard::RouterRow& row;
  ConnectionSettings settings;
  Budgets budgets;
  ConnectionTimeouts timeouts;
  ConnectionStates states;
  http::DateCache date;
  base::Nanoseconds now = 0;  // of this turn
  uint64_t next_exchange_id = 1;
  uint64_t next_connection = 0;
  bool draining = false;  // take no further requests
  // Connections that stopped reading because memory or spool files are full.
  std::vector<Connection*> starved;
  // Connections closed in this turn; destroyed at its end (see base::EventLoop::Remove).
  std::vector<Connection*> closed;
  // Input goes here first: idle connections own no buffer.
  std::array<char, 64 * 1024> scratch;
  // Reused while one response is pumped.
  ResponseScratch response;

  // The server's end is announced (drain_delay) or has begun: it is not ready, and every response
  // closes its connection.
  bool Leaving() const {
    return draining || scoreboard.header().draining.load(std::memory_order_relaxed) != 0;
  }
  std::string_view DateLine() { return date.Line(now); }
};

}  // namespace monoceros::router
