// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "master/control_server.h"
#include "master/live_state.h"
#include "master/server_control.h"

namespace monoceros::master {

// One change of the pool, ordered from outside.
struct ChangeOrder {
  enum class Kind { kApply, kReload, kRestartWorker };
  OrderId id;
  Kind kind = Kind::kApply;
  LiveChange change;           // kApply
  uint64_t live_revision = 0;  // kApply; 0: the next
  bool from_operator = false;  // kApply
  bool replaces_all = false;   // kApply: live values that it leaves out are dropped
  bool of_live_file = false;   // kApply
  double converge_within = 0;  // kApply, seconds; 0: the default
  uint32_t slot = 0;           // kRestartWorker
};

// One running change: begun, followed until the pool is as wanted, rolled back when it cannot be.
class Change {
 public:
  struct Report {
    std::string message;
    int done = 0;
    int total = 0;
    bool operator==(const Report&) const = default;
  };

  // Everything outlives it.
  Change(ServerControl& server, LiveState& live, ChangeOrder order)
      : server_(server), live_(live), order_(std::move(order)), before_(live.values()) {}

  // Begins; an outcome when it ends at once, mostly by being refused.
  std::optional<OrderOutcome> Begin(base::Nanoseconds now);
  // Follows it; the outcome once it has one. Call in every turn.
  std::optional<OrderOutcome> Follow(base::Nanoseconds now);

  void OnReload(std::optional<std::string> error);
  void OnBootFailure(const std::string& error);

  const ChangeOrder& order() const { return order_; }
  // What to tell the peer, once for each new state.
  std::optional<Report> TakeReport();
  base::Nanoseconds deadline() const { return deadline_; }

 private:
  std::optional<OrderOutcome> BeginApply(base::Nanoseconds now);
  std::optional<OrderOutcome> BeginReload();
  std::optional<OrderOutcome> BeginRestart(base::Nanoseconds now);
  base::Nanoseconds DefaultTime() const;
  bool Converged(const PoolProgress& progress) const;
  std::optional<OrderOutcome> FollowLoading(base::Nanoseconds now);
  void Say(Report report);
  OrderOutcome Done() const;
  OrderOutcome GiveUp(const std::string& why);
  OrderOutcome Refuse(const char* code, const std::string& why) const;

  ServerControl& server_;
  LiveState& live_;
  ChangeOrder order_;
  LiveValues before_;
  base::Nanoseconds deadline_ = INT64_MAX;
  std::optional<uint32_t> restarted_;  // incarnation that is to go
  bool loading_ = false;               // a template that it needs has not proved itself yet
  std::optional<std::string> failure_;
  Report report_;
  bool reported_ = true;
};

}  // namespace monoceros::master
