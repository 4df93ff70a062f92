// SPDX-License-Identifier: Apache-2.0
#include "agent/http_session.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

namespace monoceros::agent {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr std::chrono::seconds kTimeLimit{10};
constexpr std::chrono::seconds kPieceInterval{1};
constexpr size_t kMaxHeadBytes = 16 * 1024;
constexpr size_t kMaxBodyBytes = 64 * 1024;
constexpr int kMaxStreams = 16;

HttpRequest::Method MethodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return HttpRequest::Method::kGet;
    case http::verb::head:
      return HttpRequest::Method::kHead;
    case http::verb::post:
      return HttpRequest::Method::kPost;
    default:
      return HttpRequest::Method::kOther;
  }
}

// Nothing when the target is malformed.
std::optional<HttpRequest> RequestOf(http::request<http::string_body>& from) {
  const auto text = [&from](const auto& name) { return std::string(from[name]); };
  HttpRequest request;
  request.method = MethodOf(from.method());
  request.host = text(http::field::host);
  request.origin = text(http::field::origin);
  request.sec_fetch_site = text("Sec-Fetch-Site");
  request.authorization = text(http::field::authorization);
  request.content_type = text(http::field::content_type);
  request.accept = text(http::field::accept);
  request.body = std::move(from.body());
  const std::string_view target(from.target().data(), from.target().size());
  if (!ParseTarget(target, request)) return std::nullopt;
  return request;
}

template <typename Message>
void SetHead(const HttpResponse& from, Message& to) {
  to.result(static_cast<unsigned>(from.status));
  to.set(http::field::server, "monoceros-agent");
  to.set(http::field::content_type, from.content_type);
  to.set(http::field::cache_control, "no-store");
  to.set("X-Content-Type-Options", "nosniff");
  to.set("Referrer-Policy", "no-referrer");
  for (const auto& [name, value] : from.headers) to.set(name, value);
}

}  // namespace

HttpSession::HttpSession(Protocol::socket socket, HttpShared& shared)
    : stream_(std::move(socket)), shared_(shared), timer_(stream_.get_executor()) {
  ++shared_.sessions;
}

HttpSession::~HttpSession() {
  --shared_.sessions;
  if (next_piece_) --shared_.streams;
}

void HttpSession::Read() {
  parser_.emplace();
  parser_->header_limit(kMaxHeadBytes);
  parser_->body_limit(kMaxBodyBytes);
  stream_.expires_after(kTimeLimit);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, size_t) {
                     if (!error) return self->OnRequest();
                     self->keep_alive_ = false;
                     if (error == http::error::body_limit) {
                       return self->WriteWhole({.status = 413, .body = "the body is too long\n"});
                     }
                     if (error == http::error::header_limit) {
                       return self->WriteWhole({.status = 431, .body = "the head is too long\n"});
                     }
                     self->Close();
                   });
}

void HttpSession::OnRequest() {
  auto message = parser_->release();
  head_only_ = message.method() == http::verb::head;
  keep_alive_ = message.keep_alive();
  stream_.expires_never();
  const auto request = RequestOf(message);
  if (!request) return WriteWhole({.status = 400, .body = "the request target is malformed\n"});
  // The reply may come from another thread, and when the session is all that is left of us.
  shared_.handler.Handle(*request, [self = shared_from_this()](HttpResponse response) {
    asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
      self->Respond(std::move(response));
    });
  });
}

void HttpSession::Respond(HttpResponse response) {
  if (!response.next_piece || head_only_) return WriteWhole(std::move(response));
  if (shared_.streams >= kMaxStreams) {
    return WriteWhole({.status = 503, .body = "too many clients follow the events\n"});
  }
  StartStream(std::move(response));
}

void HttpSession::WriteWhole(HttpResponse response) {
  response_ = {};
  SetHead(response, response_);
  response_.keep_alive(keep_alive_);
  response_.content_length(response.body.size());
  if (!head_only_) response_.body() = std::move(response.body);
  stream_.expires_after(kTimeLimit);
  http::async_write(stream_, response_, [self = shared_from_this()](error_code error, size_t) {
    if (error || !self->keep_alive_) return self->Close();
    self->Read();
  });
}

// Without a length: it ends when the connection does.
void HttpSession::StartStream(HttpResponse response) {
  ++shared_.streams;
  next_piece_ = std::move(response.next_piece);
  http::response<http::empty_body> head;
  SetHead(response, head);
  head.keep_alive(false);
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (const auto& field : head) {
    text.append(field.name_string()).append(": ").append(field.value()).append("\r\n");
  }
  WritePiece(text + "\r\n" + response.body + next_piece_());
}

void HttpSession::WritePiece(std::string piece) {
  piece_ = std::move(piece);
  stream_.expires_after(kTimeLimit);
  asio::async_write(stream_, asio::buffer(piece_),
                    [self = shared_from_this()](error_code error, size_t) {
                      if (error) return self->Close();
                      self->WaitForPiece();
                    });
}

void HttpSession::WaitForPiece() {
  stream_.expires_never();
  timer_.expires_after(kPieceInterval);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->WritePiece(self->next_piece_());
  });
}

void HttpSession::Close() {
  error_code ignored;
  static_cast<void>(stream_.socket().shutdown(Protocol::socket::shutdown_send, ignored));
  stream_.close();
}

}  // namespace monoceros::agent
