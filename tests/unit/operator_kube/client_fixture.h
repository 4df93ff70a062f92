// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "kube/client.h"
#include "scripted_server.h"

namespace monoceros::kube {

inline constexpr std::chrono::seconds kTestLimit{20};

// A client and the scripted server it talks to.
class ClientFixture : public testing::Test {
 protected:
  explicit ClientFixture(ClientOptions options = {.user_agent = "test/1"})
      : server_(io_), options_(std::move(options)) {}

  Client& client() {
    if (!client_) client_.emplace(io_.get_executor(), server_.AccessToIt(), options_);
    return *client_;
  }
  void UseAccess(Access access) {
    client_.emplace(io_.get_executor(), std::move(access), options_);
  }

  // What the coroutine returns; the test fails when it takes too long.
  template <typename T>
  T Await(Awaitable<T> work) {
    std::optional<T> result;
    Start(Keep(std::move(work), result));
    RunUntil([&] { return result.has_value() || ended_; });
    if (!result) throw std::runtime_error("it ended without a result");
    return std::move(*result);
  }

  // Starts what Cancel() ends.
  void Start(Awaitable<void> work) {
    ended_ = false;
    boost::asio::co_spawn(
        io_, std::move(work),
        boost::asio::bind_cancellation_slot(signal_.slot(), [this](std::exception_ptr failure) {
          ended_ = true;
          failure_ = std::move(failure);
        }));
  }
  void Cancel() { signal_.emit(boost::asio::cancellation_type::terminal); }

  // Whether what was started ended as cancelled coroutines do.
  bool EndedCancelled() {
    RunUntil([this] { return ended_; });
    try {
      if (failure_) std::rethrow_exception(failure_);
    } catch (const boost::system::system_error& error) {
      return error.code() == boost::asio::error::operation_aborted;
    }
    return false;
  }

  template <typename Condition>
  void RunUntil(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + kTestLimit;
    io_.restart();
    while (!holds() && std::chrono::steady_clock::now() < end) {
      io_.run_one_for(std::chrono::milliseconds(100));
      io_.restart();
    }
    ASSERT_TRUE(holds()) << "it did not happen in time";
  }

  template <typename T>
  static Awaitable<void> Keep(Awaitable<T> work, std::optional<T>& result) {
    result = co_await std::move(work);
  }
  // For what is started to be cancelled.
  template <typename T>
  static Awaitable<void> Drop(Awaitable<T> work) {
    co_await std::move(work);
  }

  boost::asio::io_context io_;
  ScriptedServer server_;
  ClientOptions options_;
  std::optional<Client> client_;
  boost::asio::cancellation_signal signal_;
  bool ended_ = false;
  std::exception_ptr failure_;
};

}  // namespace monoceros::kube
