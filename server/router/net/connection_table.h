// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "router/net/connection.h"

namespace monoceros::router {

// Owns the connections. Closed ones are destroyed between turns of the event loop.
class ConnectionTable {
 public:
  explicit ConnectionTable(Context& context) : context_(context) {}

  void Add(base::Fd socket, Endpoints endpoints);
  // Destroys what was closed since the last call, and wakes who waits for buffer space.
  void EndTurn();
  void DrainAll();
  // Lets idle connections go that are older than keepalive_max_age. Once in a while.
  void RetireOld();
  void CloseAll();
  size_t size() const { return connections_.size(); }

 private:
  void Destroy(Connection& connection);
  void ResumeStarved();

  Context& context_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace monoceros::router
