// SPDX-License-Identifier: Apache-2.0
#include "runtime/task_group.h"

#include <stdexcept>

#include "run.h"
#include "runtime/deadline.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Counter {
  int started = 0;
  int ended = 0;
};

asio::awaitable<void> Endless(Counter& counter) {
  struct AtEnd {
    Counter& counter;
    ~AtEnd() { ++counter.ended; }
  } at_end{counter};
  ++counter.started;
  co_await Sleep(1h);
}

TEST(TaskGroup, waits_for_all_tasks) {
  asio::io_context io;
  int done = 0;
  RunOn(io, [](int& done) -> asio::awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    const auto task = [](int& done) -> asio::awaitable<void> {
      co_await Turn();
      ++done;
    };
    for (int i = 0; i < 5; ++i) group.Spawn(task(done));
    EXPECT_EQ(group.size(), 5U);
    co_await group.Wait();
    EXPECT_EQ(group.size(), 0U);
  }(done));
  EXPECT_EQ(done, 5);
}

TEST(TaskGroup, cancels_all_tasks) {
  asio::io_context io;
  Counter counter;
  RunOn(io, [](Counter& counter) -> asio::awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 3; ++i) group.Spawn(Endless(counter));
    co_await Until([&] { return counter.started == 3; });
    group.Cancel();
    co_await group.Wait();
  }(counter));
  EXPECT_EQ(counter.ended, 3);
}

TEST(TaskGroup, a_cancelled_wait_cancels_the_tasks_and_waits_for_them) {
  asio::io_context io;
  Counter counter;
  RunOn(io, [](Counter& counter) -> asio::awaitable<void> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.Spawn(Endless(counter));
    co_await Until([&] { return counter.started == 1; });
    const bool in_time = co_await WithDeadline(group.Wait(), 2ms);
    EXPECT_FALSE(in_time);
    EXPECT_EQ(counter.ended, 1);
  }(counter));
}

TEST(TaskGroup, an_exception_leaves_run) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  group.Spawn([]() -> asio::awaitable<void> {
    co_await Turn();
    throw std::runtime_error("a defect");
  }());
  EXPECT_THROW(io.run(), std::runtime_error);
  EXPECT_EQ(group.size(), 0U);
}

}  // namespace
}  // namespace monoceros::runtime
