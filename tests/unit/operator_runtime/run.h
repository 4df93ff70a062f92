// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace monoceros::runtime {

inline constexpr std::chrono::seconds kTestLimit{20};

// Runs a coroutine to its end on `io`, and with it what else is there. Fails after kTestLimit.
inline void RunOn(boost::asio::io_context& io, boost::asio::awaitable<void> work) {
  bool ended = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure) {
    ended = true;
    thrown = std::move(failure);
    io.stop();
  });
  io.restart();
  io.run_for(kTestLimit);
  EXPECT_TRUE(ended) << "it did not end in time";
  if (thrown) std::rethrow_exception(thrown);
}

// Lets others run.
inline boost::asio::awaitable<void> Turn() {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, std::chrono::milliseconds(1));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

// Lets others run until it holds; kTestLimit ends it when it never does.
template <typename Condition>
boost::asio::awaitable<void> Until(Condition holds) {
  while (!holds()) co_await Turn();
}

}  // namespace monoceros::runtime
