// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/log.h"
#include "master/control_peer.h"

namespace monoceros::master {

// Whose order it is, for the answer.
struct OrderId {
  uint64_t connection = 0;  // 0: nobody waits for an answer
  int64_t number = 0;       // the peer's own
};

struct ControlOrder {
  OrderId id;
  ControlMessage message;
  bool from_operator = false;  // the peer said so in its hello
};

// The last answer to an order. `code` is empty (done) or a gRPC code in small letters.
struct OrderOutcome {
  std::string code;
  std::string message;
  uint64_t live_revision = 0;
  std::optional<std::string> result = {};  // JSON, sent in a memfd
};

// `master.sock` (docs/control_messages.md): accepts peers of our own user or group, reads their
// orders, sends the answers. Connections and open orders are bounded; nothing blocks: a peer that
// does not read loses events, then its connection.
class ControlServer final : public base::EventHandler {
 public:
  // What `hello` answers, asked anew for each.
  using Hello = nlohmann::json;

  // `loop` and `log` outlive it. Throws base::SystemError.
  ControlServer(base::EventLoop& loop, base::Logger& log, base::Fd listening);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;

  void OnEvents(uint32_t events) override;

  // Accepts and reads; `hello` is answered here. Call in every turn.
  void ReadMessages(const Hello& hello);
  std::vector<ControlOrder> TakeOrders() { return std::exchange(orders_, {}); }

  // Tells what happens on the way; lost when the peer does not read.
  void SendEvent(const OrderId& id, const std::string& message, int done, int total);
  void SendDone(const OrderId& id, const OrderOutcome& outcome);
  bool congested() const { return congested_; }

 private:
  struct Connection {
    std::unique_ptr<ControlPeer> peer;
    int open_orders = 0;
    bool is_operator = false;
  };

  void Accept();
  bool MayConnect(int fd) const;
  void Read(uint64_t number, Connection& connection, const Hello& hello);
  void Handle(uint64_t number, Connection& connection, ControlMessage message, const Hello& hello);
  Connection* Find(const OrderId& id);

  base::EventLoop& loop_;
  base::Logger& log_;
  base::Fd listening_;
  bool acceptable_ = false;
  bool congested_ = false;
  uint64_t last_number_ = 0;
  std::map<uint64_t, Connection> connections_;
  std::vector<ControlOrder> orders_;
};

}  // namespace monoceros::master
