// SPDX-License-Identifier: Apache-2.0
#include "runtime/probe_server.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "runtime/task_group.h"

namespace monoceros::runtime {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr size_t kMaxConnections = 64;
constexpr std::chrono::seconds kTimeLimit{10};
constexpr std::chrono::milliseconds kPause{200};  // after an accept that failed
constexpr uint32_t kMaxHeadBytes = 16 * 1024;
constexpr uint64_t kMaxBodyBytes = 1024;
constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kExposition[] = "text/plain; version=0.0.4; charset=utf-8";

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

void SetBody(Response& response, http::status status, const char* type, std::string body) {
  response.result(status);
  response.set(http::field::content_type, type);
  response.content_length(body.size());
  response.body() = std::move(body);
}

void SetReadiness(Response& response, const std::string& reasons) {
  if (reasons.empty()) return SetBody(response, http::status::ok, kText, "ok\n");
  SetBody(response, http::status::service_unavailable, kText, reasons + "\n");
}

Response Answer(const Request& request, const ProbeServer::Answers& answers) {
  Response response;
  response.version(request.version());
  response.keep_alive(request.keep_alive());
  response.set(http::field::cache_control, "no-store");
  const std::string_view target(request.target().data(), request.target().size());
  const std::string_view path = target.substr(0, target.find('?'));
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    response.set(http::field::allow, "GET, HEAD");
    SetBody(response, http::status::method_not_allowed, kText, "only GET and HEAD\n");
  } else if (path == "/livez" || path == "/healthz") {
    SetBody(response, http::status::ok, kText, "ok\n");
  } else if (path == "/readyz") {
    SetReadiness(response, answers.not_ready());
  } else if (path == "/metrics") {
    SetBody(response, http::status::ok, kExposition, answers.metrics());
  } else {
    SetBody(response, http::status::not_found, kText,
            "there are /livez, /healthz, /readyz and /metrics\n");
  }
  return response;
}

asio::awaitable<error_code> Write(boost::beast::tcp_stream& stream, Response response,
                                  bool head_only) {
  http::response_serializer<http::string_body> serializer(response);
  if (head_only) {
    const auto [error, written] = co_await http::async_write_header(stream, serializer, kTuple);
    co_return error;
  }
  const auto [error, written] = co_await http::async_write(stream, serializer, kTuple);
  co_return error;
}

// One connection: requests until it is closed or its time is over.
asio::awaitable<void> Serve(tcp::socket socket, const ProbeServer::Answers& answers) {
  boost::beast::tcp_stream stream(std::move(socket));
  stream.expires_after(kTimeLimit);
  boost::beast::flat_buffer buffer;
  bool keep = true;
  while (keep) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kMaxHeadBytes);
    parser.body_limit(kMaxBodyBytes);
    const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kTuple);
    if (read_error) break;
    Response response = Answer(parser.get(), answers);
    keep = response.keep_alive();
    const bool head_only = parser.get().method() == http::verb::head;
    const error_code error = co_await Write(stream, std::move(response), head_only);
    if (error) break;
  }
  error_code ignored;
  static_cast<void>(stream.socket().shutdown(tcp::socket::shutdown_send, ignored));
}

error_code Listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  const auto failed = [&error] { return static_cast<bool>(error); };
  static_cast<void>(acceptor.open(endpoint.protocol(), error));
  if (failed()) return error;
  static_cast<void>(acceptor.set_option(tcp::acceptor::reuse_address(true), error));
  if (failed()) return error;
  static_cast<void>(acceptor.bind(endpoint, error));
  if (failed()) return error;
  static_cast<void>(acceptor.listen(asio::socket_base::max_listen_connections, error));
  return error;
}

// All addresses: both families by one socket where the machine has IPv6.
error_code ListenOnAll(tcp::acceptor& acceptor, uint16_t port) {
  const error_code error = Listen(acceptor, {asio::ip::address_v6::any(), port});
  if (!error || error == asio::error::address_in_use) return error;
  error_code ignored;
  static_cast<void>(acceptor.close(ignored));
  return Listen(acceptor, {asio::ip::address_v4::any(), port});
}

}  // namespace

class ProbeServer::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Answers answers)
      : answers_(std::move(answers)), acceptor_(executor), sessions_(executor) {}

  error_code Open(const std::string& address, uint16_t port) {
    if (address.empty()) return ListenOnAll(acceptor_, port);
    error_code error;
    const auto parsed = asio::ip::make_address(address, error);
    return error ? error : Listen(acceptor_, {parsed, port});
  }

  asio::awaitable<void> Run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (true) {
      auto [error, socket] = co_await acceptor_.async_accept(kTuple);
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) break;
      if (error) {
        co_await Pause();
      } else if (sessions_.size() < kMaxConnections) {
        sessions_.Spawn(Serve(std::move(socket), answers_));
      }
    }
    sessions_.Cancel();
    co_await sessions_.Wait();
  }

  uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  // Out of descriptors, most likely: others will be closed.
  asio::awaitable<void> Pause() {
    asio::steady_timer timer(acceptor_.get_executor(), kPause);
    co_await timer.async_wait(kTuple);
  }

  Answers answers_;
  tcp::acceptor acceptor_;
  TaskGroup sessions_;
};

base::Result<ProbeServer> ProbeServer::Open(const asio::any_io_executor& executor,
                                            const std::string& address, uint16_t port,
                                            Answers answers) {
  auto impl = std::make_unique<Impl>(executor, std::move(answers));
  const error_code error = impl->Open(address, port);
  if (!error) return ProbeServer(std::move(impl));
  return base::Fail(fmt::format("cannot listen on {}:{}: {}", address.empty() ? "*" : address, port,
                                error.message()));
}

ProbeServer::ProbeServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProbeServer::ProbeServer(ProbeServer&&) noexcept = default;
ProbeServer::~ProbeServer() = default;
asio::awaitable<void> ProbeServer::Run() { return impl_->Run(); }
uint16_t ProbeServer::port() const { return impl_->port(); }

}  // namespace monoceros::runtime
