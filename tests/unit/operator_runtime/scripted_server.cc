// SPDX-License-Identifier: Apache-2.0
#include "scripted_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "runtime/deadline.h"

namespace monoceros::runtime {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

ScriptedServer::ScriptedServer(asio::io_context& io, Script script)
    : io_(io),
      script_(std::move(script)),
      acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
      tasks_(io.get_executor()) {
  tasks_.Spawn(Accept());
}

ScriptedServer::~ScriptedServer() {
  tasks_.Cancel();
  io_.restart();
  while (tasks_.size() > 0) io_.run_one();
}

kube::Access ScriptedServer::access() const {
  kube::Access access;
  access.host = "127.0.0.1";
  access.port = std::to_string(acceptor_.local_endpoint().port());
  access.plain = true;
  return access;
}

ScriptedServer::Reply ScriptedServer::Failure(int status, const std::string& reason) {
  return {status,
          {{"kind", "Status"},
           {"apiVersion", "v1"},
           {"status", "Failure"},
           {"reason", reason},
           {"message", "scripted " + reason},
           {"code", status}}};
}

asio::awaitable<void> ScriptedServer::Accept() {
  while (true) {
    tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
    tasks_.Spawn(Serve(std::move(socket)));
  }
}

asio::awaitable<void> ScriptedServer::Serve(tcp::socket socket) {
  boost::beast::flat_buffer buffer;
  while (true) {
    http::request<http::string_body> message;
    const auto [error, length] = co_await http::async_read(socket, buffer, message, kTuple);
    if (error) co_return;
    Request request{std::string(message.method_string()), std::string(message.target()),
                    message.body().empty() ? kube::Json() : kube::Json::parse(message.body())};
    requests_.push_back(request);
    const std::optional<Reply> reply = script_(request);
    if (!reply) co_await Sleep(std::chrono::hours(1));
    http::response<http::string_body> response;
    response.result(static_cast<unsigned>(reply->status));
    response.set(http::field::content_type, "application/json");
    response.body() = reply->body.dump();
    response.prepare_payload();
    const auto [failed, written] = co_await http::async_write(socket, response, kTuple);
    if (failed) co_return;
  }
}

}  // namespace monoceros::runtime
