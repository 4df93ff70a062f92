// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "agents/live_values.h"

namespace grpc {
class Channel;
}

namespace monoceros::agents {

// What a call ended with.
struct CallError {
  int code = 0;  // grpc::StatusCode
  std::string message;
};

template <typename T>
using CallResult = tl::expected<T, CallError>;

using ChannelPointer = std::shared_ptr<grpc::Channel>;

// The calls of control.proto that the operator makes, as coroutines. They resume on the awaiting
// coroutine's executor, which must be there until the destructor has ended; cancelling the
// coroutine cancels the call.
class AgentCalls {
 public:
  AgentCalls();
  // Cancels what runs and waits until gRPC has let go of it: a moment.
  ~AgentCalls();
  AgentCalls(const AgentCalls&) = delete;

  boost::asio::awaitable<CallResult<PodState>> GetStatus(ChannelPointer channel,
                                                         std::chrono::milliseconds limit);
  // The settings that hold, by name, as in monoceros.yaml.
  boost::asio::awaitable<CallResult<std::map<std::string, std::string>>> GetConfig(
      ChannelPointer channel, std::chrono::milliseconds limit);
  boost::asio::awaitable<CallResult<void>> Apply(ChannelPointer channel, LiveValues values,
                                                 uint64_t revision,
                                                 std::chrono::milliseconds limit);

 private:
  class InFlight;
  template <typename Request, typename Response, typename Begin>
  boost::asio::awaitable<CallResult<Response>> Run(ChannelPointer channel, Request request,
                                                   std::chrono::milliseconds limit, Begin begin);
  std::shared_ptr<InFlight> in_flight_;
};

}  // namespace monoceros::agents
