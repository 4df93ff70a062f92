// SPDX-License-Identifier: Apache-2.0
#include "dispatcher_fixture.h"

namespace monoceros::router {
namespace {

TEST_F(DispatcherTest, gives_a_request_to_an_idle_worker_at_once) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  channel::Exchange* taken = worker.Take();
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
    channel::Exchange* taken = worker.Take();
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
  auto clients = SubmitMany(4);
  ASSERT_NE(worker.Take(), nullptr);
  Turn();
  EXPECT_NE(worker.Take(), nullptr);
  EXPECT_EQ(dispatcher.in_flight(), 1U);
  EXPECT_EQ(dispatcher.queued(), 3U);
}

TEST_F(DispatcherTest, an_idle_worker_takes_over_what_waits_behind_a_slow_request) {
  Worker slow = AddWorker(1, 1);
  Warm(slow);
  auto running = Submit();
  ASSERT_NE(slow.Take(), nullptr);
  auto behind = Submit();
  Turn();
  ASSERT_EQ(behind->exchange.state, Exchange::State::kAssigned);
  Worker idle = AddWorker(2, 1);
  Turn();
  channel::Exchange* taken = idle.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->request_id(), behind->exchange.id);
  EXPECT_EQ(slow.Take(), nullptr);
}

TEST_F(DispatcherTest, what_waits_behind_a_slow_request_goes_before_the_queue) {
  Worker slow = AddWorker(1, 1);
  Warm(slow);
  auto first = Submit();
  ASSERT_NE(slow.Take(), nullptr);
  auto clients = SubmitMany(12);
  Turn();
  ASSERT_EQ(clients[3]->exchange.worker_pid, 1);
  Worker fast = AddWorker(2, 1);
  std::vector<uint64_t> order;
  std::vector<uint64_t> wanted;
  for (size_t i = 0; i < 8; ++i) {
    Turn(base::kNanosecondsPerMillisecond);
    channel::Exchange* taken = fast.Take();
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
  ASSERT_NE(slow.Take(), nullptr);
  Turn(base::kNanosecondsPerSecond / 10);
  auto waiting = Submit();
  Turn(base::kNanosecondsPerSecond / 10);
  EXPECT_EQ(waiting->exchange.state, Exchange::State::kQueued);
}

TEST_F(DispatcherTest, prefers_the_worker_with_fewer_requests) {
  Worker one = AddWorker(1, 4);
  Worker two = AddWorker(2, 4);
  auto clients = SubmitMany(4);
  EXPECT_NE(one.Take(), nullptr);
  EXPECT_NE(one.Take(), nullptr);
  EXPECT_EQ(one.Take(), nullptr);
}

TEST_F(DispatcherTest, moves_what_a_stalled_worker_has_not_taken) {
  Worker stalled = AddWorker(1, 4);
  auto client = Submit();
  Worker other = AddWorker(2, 4);
  TurnAfterGrace();
  channel::Exchange* taken = other.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(stalled.Take(), nullptr);
  Answer(*taken);
  Turn();
  EXPECT_TRUE(client->done);
}

TEST_F(DispatcherTest, runs_untaken_requests_of_a_dead_worker_elsewhere) {
  Worker dead = AddWorker(1, 2);
  auto taken_by_dead = Submit();
  ASSERT_NE(dead.Take(), nullptr);
  auto untaken = Submit();
  dead.Die();
  Turn();
  EXPECT_EQ(taken_by_dead->failure, ExchangeFailure::kWorkerDied);
  EXPECT_FALSE(untaken->failure.has_value());
  Worker other = AddWorker(2, 1);
  Turn();
  channel::Exchange* taken = other.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->request_id(), 2U);
}

TEST_F(DispatcherTest, delivers_what_a_worker_finished_before_it_died) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  Answer(*worker.Take());
  worker.Die();
  Turn();
  EXPECT_TRUE(client->done);
  EXPECT_FALSE(client->failure.has_value());
}

TEST_F(DispatcherTest, a_withdrawn_request_never_runs) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  EXPECT_TRUE(dispatcher.Withdraw(client->exchange));
  EXPECT_EQ(worker.Take(), nullptr);
}

TEST_F(DispatcherTest, a_withdrawn_running_request_is_told_and_frees_its_worker_at_its_end) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  channel::Exchange* taken = worker.Take();
  EXPECT_FALSE(dispatcher.Withdraw(client->exchange));
  EXPECT_GT(client->exchange.taken_at, 0) << "its queue time counts";
  EXPECT_TRUE(taken->disconnected());
  auto next = Submit();
  EXPECT_EQ(worker.Take(), nullptr) << "the worker still runs the first one";
  taken->Abort();
  Turn();
  EXPECT_NE(worker.Take(), nullptr);
}

TEST_F(DispatcherTest, a_drained_worker_gets_no_more_and_is_reported_when_idle) {
  Worker worker = AddWorker(7, 2);
  auto running = Submit();
  channel::Exchange* taken = worker.Take();
  dispatcher.DrainWorker(7);
  auto waiting = Submit();
  Turn();
  EXPECT_EQ(worker.Take(), nullptr);
  EXPECT_TRUE(events.drained.empty());
  Answer(*taken);
  Turn();
  Turn();
  EXPECT_EQ(events.drained, std::vector<uint64_t>{7});
}

TEST_F(DispatcherTest, the_owners_of_what_a_leaving_worker_runs_look_at_it_once) {
  Worker worker = AddWorker(1, 2);
  auto running = Submit();
  ASSERT_NE(worker.Take(), nullptr);
  auto untaken = Submit();
  const int before = running->visits;
  dispatcher.DrainWorker(1);
  EXPECT_EQ(running->visits, before + 1);
  EXPECT_EQ(untaken->visits, 0);
  EXPECT_EQ(untaken->exchange.state, Exchange::State::kQueued);
}

TEST_F(DispatcherTest, what_was_given_ahead_comes_back_when_the_worker_drains) {
  Worker worker = AddWorker(1, 1);
  Warm(worker);
  auto running = Submit();
  ASSERT_NE(worker.Take(), nullptr);
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
  ASSERT_NE(slow.Take(), nullptr);
  auto behind = Submit();
  Turn();
  ASSERT_EQ(behind->exchange.state, Exchange::State::kAssigned);
  Turn(2 * base::kNanosecondsPerSecond);
  EXPECT_EQ(behind->failure, ExchangeFailure::kQueueTimeout);
  EXPECT_FALSE(running->failure.has_value());
  EXPECT_EQ(slow.Take(), nullptr);
}

TEST_F(DispatcherTest, a_stalled_worker_loses_its_request_even_when_all_others_are_busy) {
  Worker stalled = AddWorker(1, 1);
  Worker busy = AddWorker(2, 1);
  auto untaken = Submit();
  auto running = Submit();
  channel::Exchange* taken = busy.Take();
  ASSERT_NE(taken, nullptr);
  auto clients = SubmitMany(20);
  Turn();
  // How much the busy one was given ahead of it depends on the speed of the machine.
  for (int i = 0; i < 20 && !untaken->done; ++i) {
    Answer(*taken);
    Turn(base::kNanosecondsPerSecond / 100);
    taken = busy.Take();
    ASSERT_NE(taken, nullptr);
  }
  EXPECT_TRUE(untaken->done);
}

TEST_F(DispatcherTest, refuses_when_the_queue_is_full) {
  auto clients = SubmitMany(99);
  EXPECT_FALSE(dispatcher.Refusal().has_value());
  clients.push_back(Submit());
  ASSERT_TRUE(dispatcher.Refusal().has_value());
  EXPECT_GE(*dispatcher.Refusal(), 1);
}

// --- a worker that does not pass the entries of its ring ---

TEST_F(DispatcherTest, everything_that_a_stalled_worker_has_not_taken_moves) {
  Worker stalled = AddWorker(1, 3);
  auto clients = SubmitMany(3);
  Worker other = AddWorker(2, 3);
  for (int i = 0; i < 3; ++i) {
    TurnAfterGrace();
    Answer(*other.Take());
  }
  Turn();
  for (const auto& client : clients) EXPECT_TRUE(client->done) << client->exchange.id;
  EXPECT_EQ(stalled.Take(), nullptr);
}

TEST_F(DispatcherTest, a_stalled_worker_gets_no_more_until_it_has_passed_what_was_taken_back) {
  Worker stalled = AddWorker(1, 1);
  auto moved = Submit();
  Worker other = AddWorker(2, 1);
  TurnAfterGrace();
  ASSERT_EQ(moved->exchange.worker_pid, 2);
  ASSERT_NE(other.Take(), nullptr);
  auto waiting = SubmitMany(3);
  TurnAfterGrace();
  for (const auto& client : waiting) EXPECT_EQ(client->exchange.state, Exchange::State::kQueued);
  EXPECT_EQ(stalled.Take(), nullptr) << "it passes the entry that was taken back";
  Turn();
  EXPECT_EQ(stalled.TakeAll(), std::vector<uint64_t>{waiting.front()->exchange.id});
}

TEST_F(DispatcherTest, a_stalled_worker_gets_nothing_ahead_however_fast_it_was) {
  Worker stalled = AddWorker(1, 1);
  Warm(stalled);
  auto moved = Submit();
  Worker other = AddWorker(2, 1);
  Turn(3 * base::kNanosecondsPerMillisecond);
  ASSERT_EQ(moved->exchange.worker_pid, 2);
  ASSERT_NE(other.Take(), nullptr);
  auto waiting = SubmitMany(6);
  Turn();
  for (const auto& client : waiting) EXPECT_NE(client->exchange.worker_pid, 1);
}

TEST_F(DispatcherTest, a_worker_that_lets_a_request_lie_counts_as_stalled_a_slow_one_does_not) {
  dispatcher.Configure({.queue_limit = 100, .queue_timeout = 0});
  Worker worker = AddWorker(1, 1);
  auto first = Submit();
  TurnAfterGrace();
  EXPECT_EQ(dispatcher.CountWorkers(now).serving, 1U);
  Turn(base::kNanosecondsPerSecond);
  EXPECT_EQ(dispatcher.CountWorkers(now).stalled, 1U);
  ASSERT_NE(worker.Take(), nullptr);
  EXPECT_EQ(dispatcher.CountWorkers(now).serving, 1U);
  Turn(base::kNanosecondsPerSecond);
  EXPECT_EQ(dispatcher.CountWorkers(now).serving, 1U) << "it runs the request";
  dispatcher.DrainWorker(1);
  EXPECT_EQ(dispatcher.CountWorkers(now).leaving, 1U);
}

TEST_F(DispatcherTest, a_worker_that_let_a_request_lie_until_its_time_was_over_is_stalled) {
  Worker stalled = AddWorker(1, 1);
  auto late = Submit();
  Turn(2 * base::kNanosecondsPerSecond);
  ASSERT_EQ(late->failure, ExchangeFailure::kQueueTimeout);
  EXPECT_EQ(dispatcher.CountWorkers(now).stalled, 1U);
  EXPECT_EQ(Submit()->exchange.state, Exchange::State::kQueued);
  EXPECT_EQ(stalled.Take(), nullptr);
  Turn();
  EXPECT_EQ(dispatcher.CountWorkers(now).serving, 1U);
}

}  // namespace
}  // namespace monoceros::router
