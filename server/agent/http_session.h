// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only for http_server.cc and http_session.cc: it brings Boost's headers.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>

#include "agent/http_server.h"

namespace monoceros::agent {

// What the sessions of one server have in common. Its thread only.
struct HttpShared {
  HttpHandler& handler;
  int sessions = 0;
  int streams = 0;
};

// One connection: reads a request, waits for its response, writes it, and so on. Lives as long as
// something of it is under way.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Protocol = boost::asio::generic::stream_protocol;

  // `shared` outlives it.
  HttpSession(Protocol::socket socket, HttpShared& shared);
  ~HttpSession();
  void Start() { Read(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void Read();
  void OnRequest();
  void Respond(HttpResponse response);
  void WriteWhole(HttpResponse response);
  void StartStream(HttpResponse response);
  void WritePiece(std::string piece);
  void WaitForPiece();
  void Close();

  boost::beast::basic_stream<Protocol> stream_;
  HttpShared& shared_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Response response_;
  bool head_only_ = false;
  bool keep_alive_ = false;
  // Of a response that does not end.
  boost::asio::steady_timer timer_;
  std::function<std::string()> next_piece_;
  std::string piece_;
};

}  // namespace monoceros::agent
