// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <tl/expected.hpp>

#include "agents/certificates.h"
#include "agents/live_values.h"

namespace monoceros::agents {

// Why a pod's agent did not do it.
struct AgentError {
  enum class Kind {
    kUnreachable,  // no connection, or no answer in time: it will be asked again
    kRefused,      // the values are wrong, or the server refuses them: asking again is of no use
    kFailed,       // the change did not converge and was taken back
  };
  Kind kind = Kind::kUnreachable;
  std::string message;  // a sentence
};

template <typename T>
using AgentResult = tl::expected<T, AgentError>;

// gRPC (monoceros.control.v1) to the agents of pods, with the operator's client certificate. An
// agent's own certificate is self-signed and not checked: nothing secret is ever sent to it.
// Channels are kept per address. Called and resumed on the executor's one thread; gRPC's threads
// stay inside. Must outlive its coroutines.
class Agents {
 public:
  Agents(const boost::asio::any_io_executor& executor, const std::string& user_agent);
  ~Agents();

  // What new connections show; old ones are closed when it changes.
  void SetIdentity(const KeyPair& identity);

  // `address`: "10.1.2.3:9103", "[fd00::1]:9103".
  boost::asio::awaitable<AgentResult<PodState>> Status(std::string address,
                                                       std::chrono::milliseconds deadline);
  // Returns when the pod's server has reached the values, or says why not. A revision that the
  // server has already, with the same values, is reached.
  boost::asio::awaitable<AgentResult<void>> Apply(std::string address, LiveValues values,
                                                  uint64_t revision,
                                                  std::chrono::milliseconds deadline);
  // Closes the channels to all others.
  void KeepOnly(const std::set<std::string>& addresses);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::agents
