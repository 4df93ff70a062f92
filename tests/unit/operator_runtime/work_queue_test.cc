// SPDX-License-Identifier: Apache-2.0
#include "runtime/work_queue.h"

#include <vector>

#include "run.h"
#include "runtime/operator_metrics.h"
#include "runtime/task_group.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const kube::Key kShop{"web", "shop"};
const kube::Key kBlog{"web", "blog"};

class WorkQueueTest : public testing::Test {
 protected:
  // Takes keys until the queue is closed.
  static asio::awaitable<void> TakeAll(WorkQueue& queue, std::vector<kube::Key>& taken) {
    while (true) {
      const auto key = co_await queue.Take();
      if (!key) co_return;
      taken.push_back(*key);
      queue.Done(*key);
    }
  }

  asio::io_context io_;
  OperatorMetrics metrics_;
  WorkQueue queue_{io_.get_executor(), "test", &metrics_};
  std::vector<kube::Key> taken_;
};

TEST_F(WorkQueueTest, wakes_who_waits_for_a_key) {
  RunOn(io_, [](WorkQueue& queue, std::vector<kube::Key>& taken) -> asio::awaitable<void> {
    TaskGroup takers(co_await asio::this_coro::executor);
    for (int i = 0; i < 3; ++i) takers.Spawn(TakeAll(queue, taken));
    co_await Turn();
    queue.Add(kShop);
    queue.AddAfter(kBlog, 2ms);
    co_await Until([&] { return taken.size() == 2; });
    queue.Close();
    co_await takers.Wait();
  }(queue_, taken_));
  EXPECT_EQ(taken_, (std::vector{kShop, kBlog}));
}

TEST_F(WorkQueueTest, a_shorter_delay_moves_the_alarm_forward) {
  RunOn(io_, [](WorkQueue& queue) -> asio::awaitable<void> {
    queue.AddAfter(kShop, 1h);
    queue.AddAfter(kBlog, 1ms);
    const auto first = co_await queue.Take();
    EXPECT_EQ(*first, kBlog);
    queue.AddAfter(kShop, 1ms);
    const auto second = co_await queue.Take();
    EXPECT_EQ(*second, kShop);
  }(queue_));
}

TEST_F(WorkQueueTest, gives_none_after_close_and_takes_none) {
  RunOn(io_, [](WorkQueue& queue) -> asio::awaitable<void> {
    queue.Add(kShop);
    queue.Close();
    queue.Add(kBlog);
    queue.AddAfter(kBlog, 1ms);
    queue.AddRateLimited(kBlog);
    const auto key = co_await queue.Take();
    EXPECT_FALSE(key);
    EXPECT_EQ(queue.depth(), 1U);
  }(queue_));
}

TEST_F(WorkQueueTest, counts_under_the_names_of_client_go) {
  RunOn(io_, [](WorkQueue& queue) -> asio::awaitable<void> {
    queue.Add(kShop);
    queue.Add(kShop);
    queue.AddRateLimited(kBlog);
    const auto shop = co_await queue.Take();
    const auto blog = co_await queue.Take();
    queue.Done(*shop);
    queue.Measure();
  }(queue_));
  const std::string text = metrics_.Text();
  for (const char* line :
       {R"(workqueue_adds_total{controller="test",name="test"} 2)",
        R"(workqueue_retries_total{controller="test",name="test"} 1)",
        R"(workqueue_depth{controller="test",name="test"} 0)",
        R"(workqueue_queue_duration_seconds_count{controller="test",name="test"} 2)",
        R"(workqueue_work_duration_seconds_count{controller="test",name="test"} 1)"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST_F(WorkQueueTest, may_be_destroyed_while_an_alarm_is_due) {
  auto queue = std::make_unique<WorkQueue>(io_.get_executor(), "gone", nullptr);
  queue->AddAfter(kShop, 1ns);
  queue.reset();
  io_.run_for(kTestLimit);
  EXPECT_TRUE(io_.stopped());
}

}  // namespace
}  // namespace monoceros::runtime
