// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/fd.h"
#include "scoreboard/layout.h"

namespace monoceros::router {

// The accept queue of one listening socket.
struct AcceptQueue {
  uint32_t waiting = 0;  // connections
  uint32_t limit = 0;    // most that fit
};

// Of a TCP socket by TCP_INFO, of a Unix socket by sock_diag; nothing where the kernel does not
// say.
std::optional<AcceptQueue> ReadAcceptQueue(int socket);

// ListenOverflows of TcpExt: connections of this network namespace that found an accept queue full.
// `netstat` is text in the form of /proc/net/netstat. 0 when it does not say.
uint64_t ParseListenOverflows(std::string_view netstat);

// Watches the accept queues for the scoreboard.
class BacklogWatch {
 public:
  BacklogWatch();

  // Writes backlog, backlog_limit and backlog_overflows. Some system calls: once a second.
  // Descriptors below 0 are passed over.
  void Sample(std::span<const int> sockets, scoreboard::RouterRow& row) const;

 private:
  base::Fd netstat_;  // empty where there is no /proc
  uint64_t overflows_at_start_ = 0;
};

}  // namespace monoceros::router
