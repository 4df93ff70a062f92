// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/http_message.h"
#include "base/fd.h"

namespace monoceros::agent {

// Answers requests, in the server's thread; must reply exactly once, then or later.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual void Handle(const HttpRequest& request, HttpReply reply) = 0;
};

// HTTP/1.1 on one listening socket, with one thread of its own. At most 64 connections, of which 16
// may be streams; 10 s for a request to arrive and for a response to be taken; heads up to 16 KiB,
// bodies up to 64 KiB. Every response carries nosniff and no-store.
class HttpServer {
 public:
  // `handler` outlives it. Throws base::SystemError.
  HttpServer(base::Fd listening, HttpHandler& handler);
  // Closes all connections. Every reply that the handler was given must have been called or
  // dropped.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  // Ends the thread; replies that come later are kept until the end.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::agent
