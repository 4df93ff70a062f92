// SPDX-License-Identifier: Apache-2.0
#include "kube/dial.h"

#include <fmt/core.h>
#include <netinet/tcp.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <vector>

#include "kube/watchdog.h"

namespace monoceros::kube {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Endpoints = std::vector<tcp::endpoint>;

// A name's lookup blocks in a thread of Asio's and cannot be cancelled: it is left behind, kept by
// its own handler, when the coroutine that waits for it ends first.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), ended(executor) {}
  tcp::resolver resolver;
  asio::steady_timer ended;  // cancelled then
  bool done = false;
  error_code error;
  Endpoints endpoints;
};

void Begin(const std::shared_ptr<Lookup>& lookup, const std::string& host,
           const std::string& port) {
  lookup->resolver.async_resolve(
      host, port, [lookup](const error_code& error, const tcp::resolver::results_type& results) {
        lookup->done = true;
        lookup->error = error;
        for (const auto& result : results) lookup->endpoints.push_back(result.endpoint());
        lookup->ended.cancel();
      });
}

asio::awaitable<Outcome<Endpoints>> Resolve(std::string host, std::string port,
                                            SteadyTime deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->ended.expires_at(deadline);
  Begin(lookup, host, port);
  error_code woken;
  co_await lookup->ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (lookup->done && !lookup->error) co_return std::move(lookup->endpoints);
  const std::string why = lookup->done ? lookup->error.message() : "no answer in time";
  co_return tl::make_unexpected(Fault{fmt::format("cannot look up {}: {}", host, why)});
}

// An address needs no lookup, which would cost a thread.
Endpoints AsAddress(const std::string& host, const std::string& port) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return {};
  return {tcp::endpoint(address, static_cast<uint16_t>(std::strtoul(port.c_str(), nullptr, 10)))};
}

void Tune(tcp::socket& socket) {
  using Idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using Interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using Unanswered = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  error_code ignored;
  (void)socket.set_option(tcp::no_delay(true), ignored);
  (void)socket.set_option(asio::socket_base::keep_alive(true), ignored);
  (void)socket.set_option(Idle(20), ignored);
  (void)socket.set_option(Interval(10), ignored);
  (void)socket.set_option(Unanswered(45'000), ignored);
}

}  // namespace

asio::awaitable<Outcome<tcp::socket>> Dial(std::string host, std::string port,
                                           SteadyTime deadline) {
  Endpoints endpoints = AsAddress(host, port);
  if (endpoints.empty()) {
    Outcome<Endpoints> resolved = co_await Resolve(host, port, deadline);
    if (!resolved) co_return tl::make_unexpected(resolved.error());
    endpoints = std::move(*resolved);
  }
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  Watchdog watchdog(executor, [&socket] {
    error_code ignored;
    (void)socket.close(ignored);
  });
  watchdog.Set(deadline);
  error_code error;
  co_await asio::async_connect(socket, endpoints, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    const std::string why = watchdog.bitten() ? "no answer in time" : error.message();
    co_return tl::make_unexpected(Fault{fmt::format("cannot connect to {}: {}", host, why)});
  }
  Tune(socket);
  co_return std::move(socket);
}

}  // namespace monoceros::kube
