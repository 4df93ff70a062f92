// SPDX-License-Identifier: Apache-2.0
#include "router/health/health_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/syscall.h"

namespace monoceros::router {
namespace {

constexpr size_t kMostConnections = 64;
constexpr int kAcceptsPerTurn = 64;
constexpr base::Nanoseconds kTimeLimit = 5 * base::kNanosecondsPerSecond;  // of a connection
// Edge-triggered, so that a connection that cannot be accepted (EMFILE) does not make us spin.
constexpr uint32_t kEvents = EPOLLIN | EPOLLET;

}  // namespace

HealthServer::HealthServer(Context& context, base::Fd listener)
    : context_(context), listener_(std::move(listener)), timeouts_(kTimeLimit) {
  context_.loop.Add(listener_.get(), kEvents, this);
}

HealthServer::~HealthServer() {
  for (auto& connection : std::exchange(connections_, {})) connection->Abandon();
  context_.loop.Remove(listener_.get());
}

void HealthServer::OnEvents(uint32_t) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!AcceptOne()) return;
  }
  context_.loop.Modify(listener_.get(), kEvents, this);  // the rest in the next turn
}

bool HealthServer::AcceptOne() {
  const auto accept = [&] {
    return ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  };
  base::Fd socket(base::RetryOnEintr(accept));
  if (!socket) return errno == ECONNABORTED;
  if (connections_.size() == kMostConnections) connections_.front()->Close();
  connections_.push_back(
      std::make_unique<HealthConnection>(context_, *this, timeouts_, std::move(socket)));
  connections_.back()->Start();
  return true;
}

void HealthServer::OnClosed(HealthConnection& connection) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& one) { return one.get() == &connection; });
  closed_.push_back(std::move(*found));
  connections_.erase(found);
}

}  // namespace monoceros::router
