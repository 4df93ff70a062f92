// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace monoceros::runtime {

// Plain HTTP/1.1: /livez and /healthz (the event loop turns: that it answers), /readyz (503 with
// the reasons, one a line), /metrics. Everything else is 404. At most 64 connections, 10 s each.
class ProbeServer {
 public:
  struct Answers {
    std::function<std::string()> not_ready;  // reasons; empty: ready
    std::function<std::string()> metrics;
  };
  // Binds at once; the error names the address. An empty address: all of them. Port 0: any, see
  // port().
  static base::Result<ProbeServer> Open(const boost::asio::any_io_executor& executor,
                                        const std::string& address, uint16_t port, Answers answers);
  ProbeServer(ProbeServer&&) noexcept;
  ~ProbeServer();
  // Until cancelled.
  boost::asio::awaitable<void> Run();
  uint16_t port() const;

 private:
  class Impl;
  explicit ProbeServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::runtime
