// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/message_socket.h"
#include "channel/channel.h"
#include "config/settings.h"
#include "router/dispatch/dispatcher.h"
#include "router/dispatch/worker_link.h"

namespace monoceros::router {

// An exchange that had passed request_timeout, once its worker has ended it.
struct EndedExchange {
  uint64_t incarnation = 0;
  uint64_t id = 0;
};

// What the master orders; called from MasterLink::OnEvents.
class MasterOrders {
 public:
  virtual void AddWorker(WorkerDescription description, channel::RouterFds fds, base::Fd pidfd) = 0;
  virtual void DrainWorker(uint64_t incarnation) = 0;
  virtual void SetCapacity(uint64_t incarnation, uint32_t capacity) = 0;
  // Answer with SayExchanges.
  virtual void ListExchanges(uint64_t incarnation) = 0;
  virtual void ApplySettings(const config::Settings& settings) = 0;
  // `graceful` in seconds: how long running exchanges may go on.
  virtual void Stop(double graceful) = 0;
  // The master is gone, or sent what we do not understand.
  virtual void MasterLost() = 0;

 protected:
  ~MasterOrders() = default;
};

// The router's end of the control socket (docs/control_messages.md).
class MasterLink final : public base::EventHandler {
 public:
  MasterLink(base::EventLoop& loop, base::MessageSocket socket, MasterOrders& orders);
  ~MasterLink();

  void OnEvents(uint32_t events) override;
  void SayReady();
  void SayWorkerDrained(uint64_t incarnation);
  void SayWorkerBroken(uint64_t incarnation, const std::string& reason);
  void SayDrained();
  // False: try again in a later turn.
  bool SayRequestTimeouts(std::span<const RunningExchange> over,
                          std::span<const EndedExchange> ended);
  void SayExchanges(uint64_t incarnation, const std::vector<RunningExchange>& exchanges);

 private:
  bool Handle(base::Message& message);

  base::EventLoop& loop_;
  base::MessageSocket socket_;
  MasterOrders& orders_;
};

}  // namespace monoceros::router
