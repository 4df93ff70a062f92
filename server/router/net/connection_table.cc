// SPDX-License-Identifier: Apache-2.0
#include "router/net/connection_table.h"

#include <utility>

#include "router/net/counter.h"

namespace monoceros::router {

void ConnectionTable::Add(base::Fd socket, Endpoints endpoints) {
  auto connection = std::make_unique<Connection>(context_, std::move(socket), std::move(endpoints));
  Connection& added = *connection;
  added.table_index = connections_.size();
  connections_.push_back(std::move(connection));
  Count(context_.row.accepted);
  added.Start();
}

void ConnectionTable::EndTurn() {
  ResumeStarved();
  for (Connection* connection : std::exchange(context_.closed, {})) Destroy(*connection);
  context_.row.connections.store(static_cast<uint32_t>(connections_.size()),
                                 std::memory_order_relaxed);
  context_.states.Publish(context_.row);
}

void ConnectionTable::Destroy(Connection& connection) {
  std::erase(context_.starved, &connection);
  const size_t index = connection.table_index;
  connections_.back()->table_index = index;
  std::swap(connections_[index], connections_.back());
  connections_.pop_back();
}

void ConnectionTable::ResumeStarved() {
  if (context_.starved.empty()) return;
  if (context_.budgets.memory.Full()) return;
  // Those that still find no room put themselves back.
  for (Connection* connection : std::exchange(context_.starved, {})) connection->ResumeReading();
}

void ConnectionTable::DrainAll() {
  for (const auto& connection : connections_) connection->OnDrain();
}

void ConnectionTable::RetireOld() {
  if (context_.settings.keepalive_max_age <= 0) return;
  for (const auto& connection : connections_) connection->RetireIfOld();
}

void ConnectionTable::CloseAll() {
  for (const auto& connection : connections_) connection->Close();
}

}  // namespace monoceros::router
