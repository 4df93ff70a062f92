// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/message_socket.h"
#include "base/result.h"

namespace monoceros::agent {

// What happens on the way of an order.
struct OrderEvent {
  std::string message;
  uint32_t workers_done = 0;
  uint32_t workers_total = 0;
};

// The last answer. `code` is empty (done) or a gRPC code in small letters.
struct OrderOutcome {
  std::string code;
  std::string message;
  uint64_t live_revision = 0;
  std::string result;  // JSON, where the order has one
};

// Is told of one order, in the client's thread, which it must not hold up: events, then exactly one
// OnOrderDone.
class OrderListener {
 public:
  virtual ~OrderListener() = default;
  virtual void OnOrderEvent(const OrderEvent& event) = 0;
  virtual void OnOrderDone(const OrderOutcome& outcome) = 0;
};

// The master at the other end, as it introduced itself.
struct MasterInfo {
  bool connected = false;
  std::string version;  // empty: it has not said; one of the first release never does
  std::vector<std::string> features;
  bool managed = false;
};

// The way to the master: `master.sock` of docs/control_messages.md. Connects by itself and again
// when the connection ends; has one thread. All methods may be called from any thread.
class MasterClient {
 public:
  // Connects once. The error says why not.
  using Dial = std::function<base::Result<base::MessageSocket>()>;

  // Tries `dial` in its own thread until it succeeds. `version` is this program's.
  MasterClient(Dial dial, const std::string& version);
  // Ends; open orders are answered `unavailable`.
  ~MasterClient();
  MasterClient(const MasterClient&) = delete;

  // Sends an order: `op` and its fields, without `id`. It is answered `unavailable` when there is
  // no master or it goes away, `deadline_exceeded` after `limit` (negative: no limit; the order
  // goes on), `resource_exhausted` when too many are open.
  void Submit(nlohmann::json order, base::Nanoseconds limit,
              std::shared_ptr<OrderListener> listener);
  MasterInfo info() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Connects to current/master.sock of the run directory.
base::Result<base::MessageSocket> DialMaster(const std::string& run_directory);

}  // namespace monoceros::agent
