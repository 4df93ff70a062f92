// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "kube/connection.h"

namespace monoceros::kube {

// A few connections that wait for their next request, the last used first.
class ConnectionPool {
 public:
  // Null when none is usable.
  std::unique_ptr<Connection> Take(SteadyTime now);
  // Drops it when it may not be used again, or enough wait already.
  void Give(std::unique_ptr<Connection> connection, SteadyTime now);
  void Clear() { idle_.clear(); }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };
  std::vector<Idle> idle_;
};

}  // namespace monoceros::kube
