// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/access.h"
#include "kube/object.h"

namespace monoceros::kube {

// One request as the server got it.
struct Asked {
  std::string method;
  std::string target;
  std::string body;
  std::string content_type;
  std::string authorization;
  std::string user_agent;
  int connection = 0;  // the number of the connection it came by, from 1
};

// What the server does with one request: it writes to the connection, or closes it.
using Script = std::function<boost::asio::awaitable<void>(boost::asio::ip::tcp::socket&)>;

// A plain HTTP server on loopback which answers the n-th request by the n-th script, and is silent
// after the last. It lives on the test's io_context.
class ScriptedServer {
 public:
  explicit ScriptedServer(boost::asio::io_context& io);
  ~ScriptedServer();

  void Then(Script script) { scripts_.push_back(std::move(script)); }
  const std::vector<Asked>& asked() const { return asked_; }
  Access AccessToIt() const;
  uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(std::shared_ptr<boost::asio::ip::tcp::socket> socket,
                                     int number);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::deque<Script> scripts_;
  std::vector<Asked> asked_;
  int connections_ = 0;
};

// A whole answer. `headers` end with CRLF each.
Script Reply(int status, const Json& body, const std::string& headers = "");
// These bytes as they are, piece by piece; then the connection is closed.
Script Bytes(std::vector<std::string> pieces);
// A watch that sends these events, one in a chunk, and then: ends well, or stays open.
enum class Then { kEnds, kStaysOpen };
Script Events(const std::vector<Json>& events, Then then);
// Does something first.
Script After(std::function<void()> first, Script script);

std::string Chunk(const std::string& bytes);
std::string StreamHead();
Json Event(const std::string& type, Json object);
Json ConfigMap(const std::string& name, const std::string& version);
Json ListOf(const std::vector<Json>& items, const std::string& version,
            const std::string& next = "");
Json StatusOf(int code, const std::string& reason, const std::string& message);

}  // namespace monoceros::kube
