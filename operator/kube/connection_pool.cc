// SPDX-License-Identifier: Apache-2.0
#include "kube/connection_pool.h"

#include <utility>

namespace monoceros::kube {
namespace {

constexpr size_t kMaxIdle = 4;
// Shorter than what API servers and the balancers before them allow.
constexpr std::chrono::seconds kLongestIdle{45};

}  // namespace

std::unique_ptr<Connection> ConnectionPool::Take(SteadyTime now) {
  while (!idle_.empty()) {
    Idle last = std::move(idle_.back());
    idle_.pop_back();
    if (now - last.since <= kLongestIdle && last.connection->Usable()) {
      return std::move(last.connection);
    }
  }
  return nullptr;
}

void ConnectionPool::Give(std::unique_ptr<Connection> connection, SteadyTime now) {
  if (idle_.size() >= kMaxIdle || !connection->Usable()) return;
  idle_.push_back({std::move(connection), now});
}

}  // namespace monoceros::kube
