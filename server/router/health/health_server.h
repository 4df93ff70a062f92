// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/timeout_list.h"
#include "router/health/health_connection.h"
#include "router/net/context.h"

namespace monoceros::router {

// Answers probes on a socket of their own, `health_bind`, with next to nothing between the bytes
// and the answer. At most 64 connections: for one more the oldest is closed, so that connections
// that say nothing cannot keep probes out. One thread.
class HealthServer final : public base::EventHandler, public HealthConnectionOwner {
 public:
  // `listener` is bound and listening. The context outlives the server.
  HealthServer(Context& context, base::Fd listener);
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  void OnEvents(uint32_t events) override;
  void OnClosed(HealthConnection& connection) override;
  // Accepts what could not be accepted for want of descriptors. Once in a while.
  void Resume() { OnEvents(0); }
  void FireExpired(base::Nanoseconds now) { timeouts_.FireExpired(now); }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const {
    return timeouts_.NextDeadline(otherwise);
  }
  // Destroys what was closed since the last call.
  void EndTurn() { closed_.clear(); }

 private:
  bool AcceptOne();

  Context& context_;
  base::Fd listener_;
  base::TimeoutList timeouts_;
  std::list<std::unique_ptr<HealthConnection>> connections_;  // in the order of their arrival
  std::vector<std::unique_ptr<HealthConnection>> closed_;
};

}  // namespace monoceros::router
