// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "runtime/task_group.h"

namespace monoceros::runtime {

// The work's result, or none when it took longer than `limit`: it was cancelled then, and has
// ended. T has a default constructor.
template <typename T>
boost::asio::awaitable<std::optional<T>> WithDeadline(boost::asio::awaitable<T> work,
                                                      std::chrono::nanoseconds limit) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred), timer.async_wait(asio::deferred));
  auto [order, failure, result, expiry] =
      co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool late = order[0] == 1 && !expiry;
  if (failure && !(late && IsCancellation(failure))) std::rethrow_exception(failure);
  if (late) co_return std::nullopt;
  co_return std::move(result);
}

// The same of work without a result: whether it ended in time.
inline boost::asio::awaitable<bool> WithDeadline(boost::asio::awaitable<void> work,
                                                 std::chrono::nanoseconds limit) {
  constexpr auto kValued = [](boost::asio::awaitable<void> of) -> boost::asio::awaitable<bool> {
    co_await std::move(of);
    co_return true;
  };
  const std::optional<bool> ended = co_await WithDeadline(kValued(std::move(work)), limit);
  co_return ended.has_value();
}

inline boost::asio::awaitable<void> Sleep(std::chrono::nanoseconds time) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace monoceros::runtime
