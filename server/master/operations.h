// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/log.h"
#include "master/change.h"
#include "master/control_server.h"
#include "master/live_file.h"
#include "master/live_state.h"
#include "master/server_control.h"
#include "master/stack_reader.h"
#include "scoreboard/layout.h"

namespace monoceros::master {

// Everything that is ordered from outside: answers what can be answered at once, and carries out
// changes one after another. Knows who manages the server.
class Operations {
 public:
  struct Start {
    base::EventLoop& loop;
    base::Logger& log;
    ServerControl& server;
    LiveState& live;
    StackReader& stacks;
    base::Fd listening;           // master.sock
    std::string live_state_path;  // live.json
    std::string live_file;        // empty: none
  };

  // All outlives it. Takes up the live file, if there is one. Throws base::SystemError.
  explicit Operations(Start start);

  // What the live file says at the start: taken up before the first worker starts.
  void TakeUpLiveFile(base::Nanoseconds now);
  // Reads orders, follows the change that runs, begins the next. Call in every turn.
  void Keep(base::Nanoseconds now);
  // A signal wants so many workers more or fewer. The error: somebody else manages the server.
  base::Result<void> CheckUnmanaged(const std::string& override_for) const;
  // The configuration was read anew and holds; without a live revision it alone does.
  void OnReload(std::optional<std::string> error);
  void OnBootFailure(const std::string& error);
  // The server has ended: the last answers.
  void Finish();

  void Publish(scoreboard::Header& header) const;
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;
  bool congested() const { return control_.congested(); }

 private:
  void ReadOrders(base::Nanoseconds now);
  void Handle(const ControlOrder& order, base::Nanoseconds now);
  void OnApply(const ControlOrder& order);
  void OnRestart(const ControlOrder& order);
  void OnDrain(const ControlOrder& order);
  void OnStacks(const ControlOrder& order, base::Nanoseconds now);
  void AnswerStacks();
  bool Manages(const ControlOrder& order) const;
  OrderOutcome Config() const;
  ControlServer::Hello Hello() const;
  void Queue(ChangeOrder order);
  void Refuse(const OrderId& id, const char* code, const std::string& why);

  void ReadLiveFile(base::Nanoseconds now);
  bool TakesLiveFile(const LiveFileContent& content) const;
  void RefuseLiveFile(const std::string& why);
  void FollowChange(base::Nanoseconds now);
  void BeginNext(base::Nanoseconds now);
  void Report();
  void End(const OrderOutcome& outcome);
  void Remember(const ChangeOrder& order, const OrderOutcome& outcome);
  std::string Manager() const;

  base::Logger& log_;
  ServerControl& server_;
  LiveState& live_;
  StackReader& stacks_;
  ControlServer control_;
  std::string live_state_path_;
  LiveFile live_file_;
  std::deque<ChangeOrder> waiting_;
  std::unique_ptr<Change> active_;
  std::vector<OrderId> draining_;  // who ordered the end
  bool last_failed_ = false;       // of the changes; until one succeeds
  bool file_failed_ = false;       // what the live file says cannot be used
  bool acted_ = false;             // in this turn: the pool has something to do in the next
};

}  // namespace monoceros::master
