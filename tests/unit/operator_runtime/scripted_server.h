// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kube/client.h"
#include "runtime/task_group.h"

namespace monoceros::runtime {

// An API server on loopback whose answers the test decides.
class ScriptedServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    kube::Json body;
  };
  struct Reply {
    int status = 200;
    kube::Json body;
  };
  // No reply: the request is never answered.
  using Script = std::function<std::optional<Reply>(const Request&)>;

  ScriptedServer(boost::asio::io_context& io, Script script);
  // Runs `io` until all is closed.
  ~ScriptedServer();

  kube::Access access() const;
  const std::vector<Request>& requests() const { return requests_; }

  // A Status object, as the API server sends it.
  static Reply Failure(int status, const std::string& reason);

 private:
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context& io_;
  Script script_;
  boost::asio::ip::tcp::acceptor acceptor_;
  TaskGroup tasks_;
  std::vector<Request> requests_;
};

}  // namespace monoceros::runtime
