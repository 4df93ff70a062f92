// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/dispatcher.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "channel/channel.h"
#include "channel/heads.h"
#include "channel/worker_end.h"

namespace monoceros::router {
namespace {

struct NullSink final : base::LogSink {
  void Write(std::string_view) override {}
};

struct Events final : DispatcherEvents {
  void OnWorkerDrained(uint64_t incarnation) override { drained.push_back(incarnation); }
  void OnWorkerBroken(uint64_t incarnation, const std::string&) override {
    broken.push_back(incarnation);
  }
  std::vector<uint64_t> drained;
  std::vector<uint64_t> broken;
};

// A connection reduced to what the dispatcher sees of it.
struct Client final : ExchangeOwner {
  Client(Dispatcher& dispatcher, Budgets& budgets, uint64_t id)
      : dispatcher(dispatcher), exchange(*this, budgets) {
    exchange.id = id;
    channel::Encode(channel::RequestHead{.method = "GET", .target = "/", .path = "/"},
                    exchange.head);
    dispatcher.Submit(exchange);
  }
  ~Client() { dispatcher.Withdraw(exchange); }

  void OnResponse(Exchange&) override {
    channel::Frame frame;
    while (exchange.worker->channel().Read(exchange.slot, frame) == channel::ReadStatus::kFrame) {
      if (frame.type != channel::FrameType::kEnd) continue;
      done = true;
      dispatcher.Ended(exchange);
      return dispatcher.Close(exchange);
    }
  }
  void OnExchangeFailed(Exchange&, ExchangeFailure why) override { failure = why; }

  Dispatcher& dispatcher;
  Exchange exchange;
  bool done = false;
  std::optional<ExchangeFailure> failure;
};

struct DispatcherTest : testing::Test {
  // A worker whose end stays in the test's hands; its "pidfd" is an eventfd.
  struct Worker {
    std::unique_ptr<channel::WorkerEnd> end;
    base::Fd death;
  };

  Worker AddWorker(uint64_t incarnation, uint32_t capacity) {
    channel::NewChannel made = channel::Create({.slots = capacity + 8, .threads = capacity});
    auto router = channel::RouterEnd::Attach(std::move(made.router));
    auto worker = channel::WorkerEnd::Attach(std::move(made.worker));
    EXPECT_TRUE(router && worker);
    base::Fd death(::eventfd(0, EFD_CLOEXEC));
    dispatcher.AddWorker({.incarnation = incarnation,
                          .pid = static_cast<int>(incarnation),
                          .capacity = capacity,
                          .worker_class = "gthread"},
                         std::move(*router), death.Duplicate());
    return {std::move(*worker), std::move(death)};
  }

  std::unique_ptr<Client> Submit() {
    return std::make_unique<Client>(dispatcher, budgets, ++last_id);
  }

  // A worker gets something ahead of time only after it has ended something.
  void Warm(Worker& worker) {
    auto client = Submit();
    Answer(*worker.end->TryTake());
    Turn();
    EXPECT_TRUE(client->done);
  }

  void Turn(base::Nanoseconds later = 0) {
    now += later;
    loop.Turn(0);
    dispatcher.Turn(now);
  }

  static void Answer(channel::Exchange& exchange) {
    std::string head;
    channel::Encode(channel::ResponseHead{.status = 200, .reason = "OK"}, head);
    exchange.Write(channel::FrameType::kHead, std::as_bytes(std::span(head)));
    exchange.Finish();
  }

  NullSink sink;
  base::Logger log{sink, base::LogLevel::kError, false, "test"};
  base::EventLoop loop;
  Events events;
  Budgets budgets{Budget(1 << 20), Budget(1 << 20)};
  Dispatcher dispatcher{
      loop, log, events, {.queue_limit = 100, .queue_timeout = base::kNanosecondsPerSecond}};
  base::Nanoseconds now = base::MonotonicNow();
  uint64_t last_id = 0;
};

TEST_F(DispatcherTest, gives_a_request_to_an_idle_worker_at_once) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  channel::Exchange* taken = worker.end->TryTake();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->request_id(), 1U);
  Answer(*taken);
  Turn();
  EXPECT_TRUE(client->done);
  EXPECT_GT(client->exchange.taken_at, 0);
}

TEST_F(DispatcherTest, queues_what_no_worker_can_run_and_serves_it_in_order) {
  Worker worker = AddWorker(1, 1);
  auto first = Submit();
  auto second = Submit();
  auto third = Submit();
  EXPECT_EQ(dispatcher.queued(), 2U);
  for (uint64_t expected = 1; expected <= 3; ++expected) {
    channel::Exchange* taken = worker.end->TryTake();
    ASSERT_NE(taken, nullptr) << "request " << expected;
    EXPECT_EQ(taken->request_id(), expected);
    Answer(*taken);
    Turn();
  }
  EXPECT_TRUE(first->done && second->done && third->done);
}

TEST_F(DispatcherTest, gives_a_busy_worker_a_few_ahead_of_time_but_counts_them_as_waiting) {
  Worker worker = AddWorker(1, 1);
  Warm(worker);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(Submit());
  ASSERT_NE(worker.end->TryTake(), nullptr);
  Turn();
  EXPECT_NE(worker.end->TryTake(), nullptr);
  EXPECT_EQ(dispatcher.in_flight(), 1U);
  EXPECT_EQ(dispatcher.queued(), 3U);
}

TEST_F(DispatcherTest, an_idle_worker_takes_over_what_waits_behind_a_slow_request) {
  Worker slow = AddWorker(1, 1);
  Warm(slow);
  auto running = Submit();
  ASSERT_NE(slow.end->TryTake(), nullptr);
  auto behind = Submit();
  Turn();
  ASSERT_EQ(behind->exchange.state, Exchange::State::kAssigned);
  Worker idle = AddWorker(2, 1);
  Turn();
  channel::Exchange* taken = idle.end->TryTake();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->request_id(), behind->exchange.id);
  EXPECT_EQ(slow.end->TryTake(), nullptr);
}

TEST_F(DispatcherTest, what_waits_behind_a_slow_request_goes_before_the_queue) {
  Worker slow = AddWorker(1, 1);
  Warm(slow);
  auto first = Submit();
  ASSERT_NE(slow.end->TryTake(), nullptr);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(Submit());
  Turn();
  ASSERT_EQ(clients[3]->exchange.worker_pid, 1);
  Worker fast = AddWorker(2, 1);
  std::vector<uint64_t> order;
  std::vector<uint64_t> wanted;
  for (size_t i = 0; i < 8; ++i) {
    Turn(base::kNanosecondsPerMillisecond);
    channel::Exchange* taken = fast.end->TryTake();
    ASSERT_NE(taken, nullptr) << i;
    order.push_back(taken->request_id());
    wanted.push_back(clients[i]->exchange.id);
    Answer(*taken);
  }
  EXPECT_EQ(order, wanted);
}

TEST_F(DispatcherTest, a_worker_that_makes_no_progress_gets_nothing_ahead) {
  Worker slow = AddWorker(1, 1);
  Warm(slow);
  auto running = Submit();
  ASSERT_NE(slow.end->TryTake(), nullptr);
  Turn(base::kNanosecondsPerSecond / 10);
  auto waiting = Submit();
  Turn(base::kNanosecondsPerSecond / 10);
  EXPECT_EQ(waiting->exchange.state, Exchange::State::kQueued);
}

TEST_F(DispatcherTest, prefers_the_worker_with_fewer_requests) {
  Worker one = AddWorker(1, 4);
  Worker two = AddWorker(2, 4);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(Submit());
  EXPECT_NE(one.end->TryTake(), nullptr);
  EXPECT_NE(one.end->TryTake(), nullptr);
  EXPECT_EQ(one.end->TryTake(), nullptr);
}

TEST_F(DispatcherTest, moves_what_a_stalled_worker_has_not_taken) {
  Worker stalled = AddWorker(1, 4);
  auto client = Submit();
  Worker other = AddWorker(2, 4);
  Turn(base::kNanosecondsPerSecond / 10);
  channel::Exchange* taken = other.end->TryTake();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(stalled.end->TryTake(), nullptr);
  Answer(*taken);
  Turn();
  EXPECT_TRUE(client->done);
}

TEST_F(DispatcherTest, runs_untaken_requests_of_a_dead_worker_elsewhere) {
  Worker dead = AddWorker(1, 2);
  auto taken_by_dead = Submit();
  ASSERT_NE(dead.end->TryTake(), nullptr);
  auto untaken = Submit();
  uint64_t one = 1;
  ASSERT_EQ(::write(dead.death.get(), &one, sizeof one), 8);
  Turn();
  EXPECT_EQ(taken_by_dead->failure, ExchangeFailure::kWorkerDied);
  EXPECT_FALSE(untaken->failure.has_value());
  Worker other = AddWorker(2, 1);
  Turn();
  channel::Exchange* taken = other.end->TryTake();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->request_id(), 2U);
}

TEST_F(DispatcherTest, delivers_what_a_worker_finished_before_it_died) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  Answer(*worker.end->TryTake());
  uint64_t one = 1;
  ASSERT_EQ(::write(worker.death.get(), &one, sizeof one), 8);
  Turn();
  EXPECT_TRUE(client->done);
  EXPECT_FALSE(client->failure.has_value());
}

TEST_F(DispatcherTest, a_withdrawn_request_never_runs) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  EXPECT_TRUE(dispatcher.Withdraw(client->exchange));
  EXPECT_EQ(worker.end->TryTake(), nullptr);
}

TEST_F(DispatcherTest, a_withdrawn_running_request_is_told_and_frees_its_worker_at_its_end) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  channel::Exchange* taken = worker.end->TryTake();
  EXPECT_FALSE(dispatcher.Withdraw(client->exchange));
  EXPECT_TRUE(taken->disconnected());
  auto next = Submit();
  EXPECT_EQ(worker.end->TryTake(), nullptr) << "the worker still runs the first one";
  taken->Abort();
  Turn();
  EXPECT_NE(worker.end->TryTake(), nullptr);
}

TEST_F(DispatcherTest, a_drained_worker_gets_no_more_and_is_reported_when_idle) {
  Worker worker = AddWorker(7, 2);
  auto running = Submit();
  channel::Exchange* taken = worker.end->TryTake();
  dispatcher.DrainWorker(7);
  auto waiting = Submit();
  Turn();
  EXPECT_EQ(worker.end->TryTake(), nullptr);
  EXPECT_TRUE(events.drained.empty());
  Answer(*taken);
  Turn();
  Turn();
  EXPECT_EQ(events.drained, std::vector<uint64_t>{7});
}

TEST_F(DispatcherTest, what_was_given_ahead_comes_back_when_the_worker_drains) {
  Worker worker = AddWorker(1, 1);
  Warm(worker);
  auto running = Submit();
  ASSERT_NE(worker.end->TryTake(), nullptr);
  auto behind = Submit();
  Turn();
  ASSERT_EQ(behind->exchange.state, Exchange::State::kAssigned);
  dispatcher.DrainWorker(1);
  Turn(3 * base::kNanosecondsPerMillisecond);
  EXPECT_EQ(behind->exchange.state, Exchange::State::kQueued);
  Turn(3 * base::kNanosecondsPerMillisecond);
}

TEST_F(DispatcherTest, a_request_that_waits_too_long_fails_without_running) {
  auto client = Submit();
  Turn(2 * base::kNanosecondsPerSecond);
  EXPECT_EQ(client->failure, ExchangeFailure::kQueueTimeout);
  EXPECT_EQ(dispatcher.queued(), 0U);
}

TEST_F(DispatcherTest, a_request_that_waits_too_long_behind_a_slow_one_fails_without_running) {
  Worker slow = AddWorker(1, 1);
  Warm(slow);
  auto running = Submit();
  ASSERT_NE(slow.end->TryTake(), nullptr);
  auto behind = Submit();
  Turn();
  ASSERT_EQ(behind->exchange.state, Exchange::State::kAssigned);
  Turn(2 * base::kNanosecondsPerSecond);
  EXPECT_EQ(behind->failure, ExchangeFailure::kQueueTimeout);
  EXPECT_FALSE(running->failure.has_value());
  EXPECT_EQ(slow.end->TryTake(), nullptr);
}

TEST_F(DispatcherTest, a_stalled_worker_loses_its_request_even_when_all_others_are_busy) {
  Worker stalled = AddWorker(1, 1);
  Worker busy = AddWorker(2, 1);
  auto untaken = Submit();
  auto running = Submit();
  channel::Exchange* taken = busy.end->TryTake();
  ASSERT_NE(taken, nullptr);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Submit());
  Turn();
  for (int i = 0; i < 10 && !untaken->done; ++i) {
    Answer(*taken);
    Turn(base::kNanosecondsPerSecond / 100);
    taken = busy.end->TryTake();
    ASSERT_NE(taken, nullptr);
  }
  EXPECT_TRUE(untaken->done);
}

TEST_F(DispatcherTest, refuses_when_the_queue_is_full) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 99; ++i) clients.push_back(Submit());
  EXPECT_FALSE(dispatcher.Refusal().has_value());
  clients.push_back(Submit());
  ASSERT_TRUE(dispatcher.Refusal().has_value());
  EXPECT_GE(*dispatcher.Refusal(), 1);
}

}  // namespace
}  // namespace monoceros::router
