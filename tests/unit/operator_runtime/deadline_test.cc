// SPDX-License-Identifier: Apache-2.0
#include "runtime/deadline.h"

#include <stdexcept>
#include <string>

#include "run.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<std::string> After(std::chrono::nanoseconds time) {
  co_await Sleep(time);
  co_return "done";
}

asio::awaitable<std::string> Broken() {
  co_await Turn();
  throw std::runtime_error("a defect");
}

TEST(WithDeadline, gives_the_result_of_work_that_is_fast_enough) {
  asio::io_context io;
  RunOn(io, []() -> asio::awaitable<void> {
    const auto result = co_await WithDeadline(After(1ms), 1h);
    EXPECT_EQ(result, "done");
  }());
}

TEST(WithDeadline, ends_work_that_is_too_slow) {
  asio::io_context io;
  RunOn(io, []() -> asio::awaitable<void> {
    const auto result = co_await WithDeadline(After(1h), 1ms);
    EXPECT_FALSE(result);
  }());
}

TEST(WithDeadline, lets_exceptions_through) {
  asio::io_context io;
  const auto work = []() -> asio::awaitable<void> { co_await WithDeadline(Broken(), 1h); };
  EXPECT_THROW(RunOn(io, work()), std::runtime_error);
}

TEST(WithDeadline, hands_a_cancellation_from_outside_on) {
  asio::io_context io;
  bool got_there = false;
  RunOn(io, [](bool& got_there) -> asio::awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    const auto task = [](bool& got_there) -> asio::awaitable<void> {
      co_await WithDeadline(After(1h), 1h);
      got_there = true;
    };
    group.Spawn(task(got_there));
    co_await Turn();
    group.Cancel();
    co_await group.Wait();
  }(got_there));
  EXPECT_FALSE(got_there);
}

}  // namespace
}  // namespace monoceros::runtime
