// SPDX-License-Identifier: Apache-2.0
#include "runtime/controller.h"

#include <map>
#include <stdexcept>

#include "run.h"
#include "runtime/deadline.h"
#include "runtime/operator_metrics.h"
#include "runtime/task_group.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const kube::Key kShop{"web", "shop"};
const kube::Key kBlog{"web", "blog"};

class ControllerTest : public testing::Test {
 protected:
  // Runs the controller over what is in the queue until `enough` holds.
  void RunUntil(Controller::Options options, Controller::Reconcile reconcile,
                std::function<bool()> enough) {
    Controller controller(std::move(options), queue_, std::move(reconcile), &metrics_);
    RunOn(io_,
          [](Controller& controller, WorkQueue& queue,
             std::function<bool()> enough) -> asio::awaitable<void> {
            TaskGroup group(co_await asio::this_coro::executor);
            group.Spawn(controller.Run());
            co_await Until(std::move(enough));
            queue.Close();
            co_await group.Wait();
          }(controller, queue_, std::move(enough)));
  }

  bool Shows(const std::string& line) const {
    return metrics_.Text().find(line + "\n") != std::string::npos;
  }

  asio::io_context io_;
  OperatorMetrics metrics_;
  WorkQueue queue_{io_.get_executor(), "pools", nullptr};
  std::map<kube::Key, int> passes_;
};

TEST_F(ControllerTest, tries_a_failed_key_again_until_it_does_well) {
  queue_.Add(kShop);
  const auto reconcile = [this](kube::Key key) -> asio::awaitable<PassResult> {
    co_await Turn();
    co_return ++passes_[key] < 3 ? PassResult::Failed("not yet") : PassResult::Done();
  };
  RunUntil({.name = "pools"}, reconcile, [this] { return passes_[kShop] == 3; });
  EXPECT_TRUE(Shows(R"(controller_runtime_reconcile_total{controller="pools",result="error"} 2)"));
  EXPECT_TRUE(
      Shows(R"(controller_runtime_reconcile_total{controller="pools",result="success"} 1)"));
  EXPECT_TRUE(Shows(R"(controller_runtime_reconcile_errors_total{controller="pools"} 2)"));
  EXPECT_TRUE(Shows(R"(controller_runtime_active_workers{controller="pools"} 0)"));
}

TEST_F(ControllerTest, comes_back_to_a_key_after_the_time_it_was_told) {
  queue_.Add(kShop);
  const auto reconcile = [this](kube::Key key) -> asio::awaitable<PassResult> {
    ++passes_[key];
    co_return PassResult::Again(1ms);
  };
  RunUntil({.name = "pools"}, reconcile, [this] { return passes_[kShop] >= 3; });
}

TEST_F(ControllerTest, does_not_try_again_after_a_terminal_failure) {
  queue_.Add(kShop);
  const auto reconcile = [this](kube::Key key) -> asio::awaitable<PassResult> {
    ++passes_[key];
    if (key == kShop) queue_.AddAfter(kBlog, 30ms);
    co_return key == kShop ? PassResult::Terminal("a bad name") : PassResult::Done();
  };
  RunUntil({.name = "pools"}, reconcile, [this] { return passes_[kBlog] == 1; });
  EXPECT_EQ(passes_[kShop], 1);
  EXPECT_TRUE(Shows(R"(controller_runtime_terminal_reconcile_errors_total{controller="pools"} 1)"));
}

TEST_F(ControllerTest, ends_a_pass_at_its_time_limit_and_tries_again) {
  queue_.Add(kShop);
  const auto reconcile = [this](kube::Key key) -> asio::awaitable<PassResult> {
    if (++passes_[key] == 1) co_await Sleep(1h);
    co_return PassResult::Done();
  };
  RunUntil({.name = "pools", .deadline = 0s}, reconcile, [this] { return passes_[kShop] >= 2; });
  EXPECT_FALSE(Shows(R"(controller_runtime_reconcile_timeouts_total{controller="pools"} 0)"));
}

TEST_F(ControllerTest, works_on_as_many_keys_at_a_time_as_it_may) {
  int now = 0;
  int most = 0;
  int ended = 0;
  for (int i = 0; i < 9; ++i) queue_.Add({"web", std::to_string(i)});
  const auto reconcile = [&](kube::Key) -> asio::awaitable<PassResult> {
    most = std::max(most, ++now);
    co_await Turn();
    --now;
    ++ended;
    co_return PassResult::Done();
  };
  RunUntil({.name = "pools", .concurrency = 3}, reconcile, [&] { return ended == 9; });
  EXPECT_EQ(most, 3);
}

TEST_F(ControllerTest, finishes_the_pass_that_runs_when_the_queue_is_closed) {
  bool finished = false;
  queue_.Add(kShop);
  queue_.Add(kBlog);
  const auto reconcile = [&](kube::Key) -> asio::awaitable<PassResult> {
    queue_.Close();
    co_await Turn();
    finished = true;
    co_return PassResult::Failed("whatever");
  };
  RunUntil({.name = "pools", .concurrency = 1}, reconcile, [&] { return finished; });
  EXPECT_TRUE(finished);
  EXPECT_EQ(queue_.depth(), 1U);
}

TEST_F(ControllerTest, a_defect_in_a_pass_leaves_run) {
  queue_.Add(kShop);
  Controller controller(
      {.name = "pools"}, queue_,
      [](kube::Key) -> asio::awaitable<PassResult> {
        co_await Turn();
        throw std::logic_error("a defect");
      },
      nullptr);
  TaskGroup group(io_.get_executor());
  group.Spawn(controller.Run());
  EXPECT_THROW(io_.run_for(kTestLimit), std::logic_error);
  queue_.Close();
  io_.run_for(kTestLimit);
}

}  // namespace
}  // namespace monoceros::runtime
