// SPDX-License-Identifier: Apache-2.0
#include "kube/connection.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>

#include "kube/dial.h"
#include "kube/tls.h"
#include "kube/watchdog.h"

namespace monoceros::kube {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;
using Message = http::request<http::string_body>;

using Limit = boost::optional<uint64_t>;

constexpr uint64_t kMaxBody = 256ULL * 1024 * 1024;
// A Status object, or a proxy's page.
constexpr size_t kMaxRefusal = 1024 * 1024;
constexpr uint32_t kMaxHeader = 64 * 1024;

Message MessageOf(HttpRequest request, const std::string& host) {
  Message message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  message.set(http::field::host, host);
  message.set(http::field::user_agent, request.user_agent);
  message.set(http::field::accept, "application/json");
  if (!request.authorization.empty()) {
    message.set(http::field::authorization, request.authorization);
  }
  if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
  message.body() = std::move(request.body);
  message.prepare_payload();
  return message;
}

// In seconds; a date, which the API server never sends, counts as none.
std::optional<std::chrono::seconds> RetryAfter(const Parser& parser) {
  const auto text = parser.get()[http::field::retry_after];
  uint32_t seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

bool IsSuccess(const Parser& parser) {
  return http::to_status_class(parser.get().result()) == http::status_class::successful;
}

tcp::socket& SocketOf(tcp::socket& stream) { return stream; }
tcp::socket& SocketOf(TlsStream& stream) { return stream.next_layer(); }

// Over either kind of stream.
template <typename Stream>
class StreamConnection : public Connection {
 public:
  StreamConnection(std::shared_ptr<Stream> stream, std::string host)
      : stream_(std::move(stream)),
        host_(std::move(host)),
        watchdog_(stream_->get_executor(), [this] { Close(); }) {}

  asio::awaitable<Outcome<HttpResponse>> Exchange(HttpRequest request,
                                                  SteadyTime deadline) override {
    watchdog_.Set(deadline);
    Parser parser;
    error_code error = co_await Ask(std::move(request), parser, kMaxBody);
    if (!error) error = co_await ReadRest(parser);
    co_return End(parser, error);
  }

  asio::awaitable<Outcome<HttpResponse>> Follow(HttpRequest request, SteadyTime deadline,
                                                Follower follower) override {
    watchdog_.Set(deadline);
    Parser parser;
    error_code error = co_await Ask(std::move(request), parser, boost::none);
    if (error) co_return End(parser, error);
    std::string refusal;
    if (IsSuccess(parser)) {
      follower.opened();
    } else {
      follower.piece = [&refusal](const std::string& bytes) {
        refusal += bytes;
        return refusal.size() < kMaxRefusal;
      };
    }
    error = co_await ReadPieces(parser, std::move(follower));
    parser.get().body() = std::move(refusal);
    co_return End(parser, error);
  }

  bool Usable() override {
    if (!reusable_ || !SocketOf(*stream_).is_open()) return false;
    char byte = 0;
    const ssize_t got =
        ::recv(SocketOf(*stream_).native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  // For TLS only.
  asio::awaitable<Outcome<void>> Handshake(SteadyTime deadline) {
    watchdog_.Set(deadline);
    error_code error;
    co_await stream_->async_handshake(asio::ssl::stream_base::client,
                                      asio::redirect_error(asio::use_awaitable, error));
    watchdog_.Clear();
    if (!error) co_return Outcome<void>();
    const std::string why =
        watchdog_.bitten() ? "no answer in time" : HandshakeTrouble(*stream_, error);
    co_return tl::make_unexpected(Fault{fmt::format("TLS with {}: {}", host_, why)});
  }

 private:
  // Sends the request and reads the answer's header.
  asio::awaitable<error_code> Ask(HttpRequest request, Parser& parser, Limit limit) {
    reusable_ = false;
    parser.header_limit(kMaxHeader);
    parser.body_limit(limit);
    Message message = MessageOf(std::move(request), host_);
    error_code error;
    co_await http::async_write(*stream_, message, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    co_await http::async_read_header(*stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  asio::awaitable<error_code> ReadRest(Parser& parser) {
    error_code error;
    co_await http::async_read(*stream_, buffer_, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  // Gives away the body piece by piece, so that it never grows. The parser is not eager: an eager
  // one keeps what it has until it has seen the next chunk begin.
  asio::awaitable<error_code> ReadPieces(Parser& parser, Follower follower) {
    error_code error;
    while (!parser.is_done() && !error) {
      watchdog_.Set(std::chrono::steady_clock::now() + follower.idle);
      co_await http::async_read_some(*stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
      std::string piece;
      piece.swap(parser.get().body());
      if (!piece.empty() && !follower.piece(piece)) co_return error_code();
      // What is in the buffer already is read without a wait that could be cancelled.
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none)
        error = asio::error::operation_aborted;
    }
    co_return error;
  }

  Outcome<HttpResponse> End(Parser& parser, const error_code& error) {
    watchdog_.Clear();
    if (error) return tl::make_unexpected(FaultOf(parser, error));
    reusable_ = parser.is_done() && parser.keep_alive();
    HttpResponse response;
    response.status = parser.get().result_int();
    response.retry_after = RetryAfter(parser);
    response.body = std::move(parser.get().body());
    return response;
  }

  Fault FaultOf(const Parser& parser, const error_code& error) {
    if (watchdog_.bitten()) return Fault{"no answer in time"};
    return Fault{error.message(), !parser.got_some()};
  }

  void Close() {
    error_code ignored;
    (void)SocketOf(*stream_).close(ignored);
  }

  std::shared_ptr<Stream> stream_;
  std::string host_;
  boost::beast::flat_buffer buffer_;
  Watchdog watchdog_;
  bool reusable_ = false;
};

std::string HostHeader(const Access& access) {
  const bool v6 = access.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", access.host, access.port)
            : fmt::format("{}:{}", access.host, access.port);
}

asio::awaitable<Outcome<std::unique_ptr<Connection>>> Secured(tcp::socket socket, Access access,
                                                              SteadyTime deadline) {
  auto stream = MakeTlsStream(std::move(socket), access);
  if (!stream) co_return tl::make_unexpected(stream.error());
  auto connection = std::make_unique<StreamConnection<TlsStream>>(*stream, HostHeader(access));
  Outcome<void> shaken = co_await connection->Handshake(deadline);
  if (!shaken) co_return tl::make_unexpected(shaken.error());
  co_return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace

asio::awaitable<Outcome<std::unique_ptr<Connection>>> Connect(Access access, SteadyTime deadline) {
  Outcome<tcp::socket> socket = co_await Dial(access.host, access.port, deadline);
  if (!socket) co_return tl::make_unexpected(socket.error());
  if (!access.plain) {
    auto secured = co_await Secured(std::move(*socket), std::move(access), deadline);
    co_return std::move(secured);
  }
  auto stream = std::make_shared<tcp::socket>(std::move(*socket));
  co_return std::make_unique<StreamConnection<tcp::socket>>(stream, HostHeader(access));
}

}  // namespace monoceros::kube
