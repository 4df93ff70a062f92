// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/timeout_list.h"
#include "router/http/request_parser.h"
#include "router/net/context.h"

namespace monoceros::router {

class HealthConnection;

class HealthConnectionOwner {
 public:
  // It is closed; it must live until the turn of the event loop ends.
  virtual void OnClosed(HealthConnection& connection) = 0;

 protected:
  ~HealthConnectionOwner() = default;
};

// One connection of one request: reads a head, answers, closes. One thread.
class HealthConnection final : public base::EventHandler, private base::Timeout {
 public:
  // `timeouts` holds the time limit of the whole connection.
  HealthConnection(Context& context, HealthConnectionOwner& owner, base::TimeoutList& timeouts,
                   base::Fd socket);

  // Registers the socket and reads what is there already.
  void Start();
  void OnEvents(uint32_t events) override;
  // At once; tells the owner.
  void Close();
  // At once, without a word: the owner itself ends.
  void Abandon();

 private:
  void OnTimeout() override { Close(); }
  // False when there is nothing more for now, or the connection was closed.
  bool ReadOnce();
  void Parse();
  void Answer();
  void Send(std::string_view answer);

  Context& context_;
  HealthConnectionOwner& owner_;
  base::TimeoutList& timeouts_;
  base::Fd socket_;
  http::RequestParser parser_;
  std::string input_;
  bool answered_ = false;  // half-closed; what still comes is dropped
};

}  // namespace monoceros::router
