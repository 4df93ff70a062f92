// SPDX-License-Identifier: Apache-2.0
#include "scripted_server.h"

#include <fmt/core.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

namespace monoceros::kube {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

asio::awaitable<void> Write(tcp::socket& socket, std::string bytes) {
  error_code ignored;
  co_await asio::async_write(socket, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, ignored));
}

Asked AskedBy(const http::request<http::string_body>& request, int connection) {
  return {std::string(request.method_string()),
          std::string(request.target()),
          request.body(),
          std::string(request[http::field::content_type]),
          std::string(request[http::field::authorization]),
          std::string(request[http::field::user_agent]),
          connection};
}

}  // namespace

ScriptedServer::ScriptedServer(asio::io_context& io)
    : io_(io), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  asio::co_spawn(io_, Accept(), asio::detached);
}

ScriptedServer::~ScriptedServer() = default;

Access ScriptedServer::AccessToIt() const {
  Access access;
  access.host = "127.0.0.1";
  access.port = std::to_string(port());
  access.plain = true;
  return access;
}

asio::awaitable<void> ScriptedServer::Accept() {
  for (;;) {
    auto socket = std::make_shared<tcp::socket>(io_);
    error_code error;
    co_await acceptor_.async_accept(*socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    socket->set_option(tcp::no_delay(true));
    asio::co_spawn(io_, Serve(socket, ++connections_), asio::detached);
  }
}

asio::awaitable<void> ScriptedServer::Serve(std::shared_ptr<tcp::socket> socket, int number) {
  boost::beast::flat_buffer buffer;
  while (socket->is_open()) {
    http::request<http::string_body> request;
    error_code error;
    co_await http::async_read(*socket, buffer, request,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    asked_.push_back(AskedBy(request, number));
    if (scripts_.empty()) continue;
    const Script script = std::move(scripts_.front());
    scripts_.pop_front();
    co_await script(*socket);
  }
}

Script Reply(int status, const Json& body, const std::string& headers) {
  const std::string text = body.dump();
  const std::string answer = fmt::format(
      "HTTP/1.1 {} Any\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}", status,
      text.size(), headers, text);
  return [answer](tcp::socket& socket) { return Write(socket, answer); };
}

Script Bytes(std::vector<std::string> pieces) {
  return [pieces = std::move(pieces)](tcp::socket& socket) -> asio::awaitable<void> {
    for (const std::string& piece : pieces) co_await Write(socket, piece);
    socket.close();
  };
}

Script Events(const std::vector<Json>& events, Then then) {
  std::string bytes = StreamHead();
  for (const Json& event : events) bytes += Chunk(event.dump() + "\n");
  if (then == Then::kEnds) bytes += Chunk("");
  return [bytes](tcp::socket& socket) { return Write(socket, bytes); };
}

Script After(std::function<void()> first, Script script) {
  return [first = std::move(first), script = std::move(script)](tcp::socket& socket) {
    first();
    return script(socket);
  };
}

std::string Chunk(const std::string& bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

std::string StreamHead() {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

Json Event(const std::string& type, Json object) {
  return {{"type", type}, {"object", std::move(object)}};
}

Json ConfigMap(const std::string& name, const std::string& version) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", version}}}};
}

Json ListOf(const std::vector<Json>& items, const std::string& version, const std::string& next) {
  return {{"kind", "ConfigMapList"},
          {"metadata", {{"resourceVersion", version}, {"continue", next}}},
          {"items", items}};
}

Json StatusOf(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", message}};
}

}  // namespace monoceros::kube
