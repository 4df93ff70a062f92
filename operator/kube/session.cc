// SPDX-License-Identifier: Apache-2.0
#include "kube/session.h"

#include <fmt/core.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "kube/connection.h"
#include "kube/response.h"
#include "kube/retry.h"
#include "kube/watch_decoder.h"

namespace monoceros::kube {
namespace {

using std::chrono::steady_clock;

// On top of the time after which the server ends a watch by itself.
constexpr std::chrono::seconds kWatchGrace{15};

// Awaiting it throws when this coroutine was cancelled: what failed, failed for that.
Awaitable<void> ThrowIfCancelled() { co_return; }

}  // namespace

Session::Session(boost::asio::any_io_executor executor, Access access, ClientOptions options)
    : executor_(std::move(executor)),
      access_(std::move(access)),
      options_(std::move(options)),
      origin_(fmt::format("{}:{}", access_.host, access_.port)),
      credentials_(access_),
      bucket_(options_.requests_per_second, options_.burst) {}

Awaitable<Result<Json>> Session::Call(HttpRequest request) {
  const auto turn = bucket_.Take(steady_clock::now());
  if (turn.count() > 0) co_await Sleep(turn);
  const SteadyTime deadline = steady_clock::now() + options_.deadline;
  Result<Json> result = co_await CallInTurn(std::move(request), deadline);
  co_return std::move(result);
}

Awaitable<Result<Json>> Session::CallInTurn(HttpRequest request, SteadyTime deadline) {
  bool renewed = false;
  for (int attempt = 0;; ++attempt) {
    Outcome<HttpResponse> response = co_await Send(request, deadline);
    if (!response) {
      co_await ThrowIfCancelled();
      co_return tl::make_unexpected(ErrorOf(response.error(), request));
    }
    if (response->status == 401 && !renewed && credentials_.Renew(steady_clock::now())) {
      renewed = true;
      continue;
    }
    const auto wait = RetryDelay(*response, attempt);
    if (!wait || steady_clock::now() + *wait >= deadline) {
      co_return Interpret(*response, What(request));
    }
    co_await Sleep(*wait);
  }
}

Awaitable<Outcome<HttpResponse>> Session::Send(HttpRequest request, SteadyTime deadline) {
  const SteadyTime started = steady_clock::now();
  if (const Outcome<void> done = Sign(request); !done) {
    co_return tl::make_unexpected(done.error());
  }
  Outcome<HttpResponse> response = co_await Exchange(request, deadline);
  Observe(request, started, response ? response->status : 0);
  co_return std::move(response);
}

Awaitable<Outcome<HttpResponse>> Session::Exchange(HttpRequest request, SteadyTime deadline) {
  std::unique_ptr<Connection> pooled = pool_.Take(steady_clock::now());
  if (pooled != nullptr) {
    Outcome<HttpResponse> response = co_await Through(std::move(pooled), request, deadline);
    const bool stale = !response && response.error().unanswered && request.method == "GET";
    if (!stale) co_return std::move(response);
    // What closed this one has closed the others.
    pool_.Clear();
  }
  auto fresh = co_await Connect(access_, deadline);
  if (!fresh) co_return tl::make_unexpected(fresh.error());
  Outcome<HttpResponse> response = co_await Through(std::move(*fresh), request, deadline);
  co_return std::move(response);
}

Awaitable<Outcome<HttpResponse>> Session::Through(std::unique_ptr<Connection> connection,
                                                  HttpRequest request, SteadyTime deadline) {
  Outcome<HttpResponse> response = co_await connection->Exchange(std::move(request), deadline);
  if (response) pool_.Give(std::move(connection), steady_clock::now());
  co_return std::move(response);
}

Awaitable<Result<void>> Session::Follow(HttpRequest request, WatchOptions options,
                                        std::function<void(WatchEvent)> each) {
  WatchDecoder decoder(What(request), std::move(each));
  Result<void> decoded;
  Follower follower;
  follower.idle = options.timeout + kWatchGrace;
  follower.opened = [&] {
    if (options.opened) options.opened();
  };
  follower.piece = [&](const std::string& bytes) {
    decoded = decoder.Feed(bytes);
    return decoded.has_value();
  };
  Outcome<HttpResponse> response = co_await Open(request, follower);
  if (response && response->status == 401 && credentials_.Renew(steady_clock::now())) {
    response = co_await Open(request, follower);
  }
  co_await ThrowIfCancelled();
  if (!decoded) co_return decoded;
  if (!response) co_return tl::make_unexpected(ErrorOf(response.error(), request));
  if (response->status == 200) co_return Result<void>();
  Result<Json> refused = Interpret(*response, What(request));
  if (!refused) co_return tl::make_unexpected(refused.error());
  co_return Result<void>();
}

Awaitable<Outcome<HttpResponse>> Session::Open(HttpRequest request, Follower follower) {
  const SteadyTime started = steady_clock::now();
  const SteadyTime deadline = started + options_.deadline;
  if (const Outcome<void> done = Sign(request); !done) {
    co_return tl::make_unexpected(done.error());
  }
  bool observed = false;
  follower.opened = [&, opened = std::move(follower.opened)] {
    observed = true;
    Observe(request, started, 200);
    opened();
  };
  auto connection = co_await Connect(access_, deadline);
  if (!connection) {
    Observe(request, started, 0);
    co_return tl::make_unexpected(connection.error());
  }
  auto response = co_await (*connection)->Follow(request, deadline, std::move(follower));
  if (!observed) Observe(request, started, response ? response->status : 0);
  co_return std::move(response);
}

Awaitable<void> Session::Sleep(std::chrono::nanoseconds time) {
  boost::asio::steady_timer timer(executor_, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

Outcome<void> Session::Sign(HttpRequest& request) {
  base::Result<std::string> authorization = credentials_.Authorization(steady_clock::now());
  if (!authorization) return tl::make_unexpected(Fault{authorization.error().message});
  request.authorization = std::move(*authorization);
  request.user_agent = options_.user_agent;
  return {};
}

void Session::Observe(const HttpRequest& request, SteadyTime started, int status) const {
  if (!options_.observe) return;
  options_.observe({request.method, origin_, status, steady_clock::now() - started});
}

std::string Session::What(const HttpRequest& request) const {
  return fmt::format("{} {}://{}{}", request.method, access_.plain ? "http" : "https", origin_,
                     request.target);
}

Error Session::ErrorOf(const Fault& fault, const HttpRequest& request) const {
  Error error;
  error.message = fmt::format("{}: {}", What(request), fault.message);
  return error;
}

}  // namespace monoceros::kube
