// SPDX-License-Identifier: Apache-2.0
#include "dispatcher_fixture.h"

namespace monoceros::router {
namespace {

constexpr base::Nanoseconds kLimit = 2 * base::kNanosecondsPerSecond;

struct RequestLimit : DispatcherTest {
  RequestLimit() {
    dispatcher.Configure({.queue_limit = 100, .queue_timeout = 0, .request_timeout = kLimit});
  }
};

TEST_F(RequestLimit, takes_a_request_that_runs_too_long_from_its_owner) {
  Worker worker = AddWorker(7, 2);
  auto client = Submit();
  channel::Exchange* taken = worker.Take();
  ASSERT_NE(taken, nullptr);
  Turn(kLimit / 2);
  EXPECT_FALSE(client->failure);
  Turn(kLimit);
  EXPECT_EQ(client->failure, ExchangeFailure::kRequestTimeout);
  EXPECT_EQ(client->exchange.state, Exchange::State::kIdle);
  ASSERT_EQ(events.over.size(), 1U);
  EXPECT_EQ(events.over[0].incarnation, 7U);
  EXPECT_EQ(events.over[0].id, client->exchange.id);
  EXPECT_EQ(events.over[0].method, "GET");
  EXPECT_GE(events.over[0].age, kLimit);
  EXPECT_TRUE(taken->disconnected());
}

TEST_F(RequestLimit, counts_from_when_the_request_was_taken) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  Turn(kLimit + 1);
  EXPECT_FALSE(client->failure) << "nobody runs it";
  channel::Exchange* taken = worker.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_FALSE(client->failure);
  Turn(3 * kLimit);
  EXPECT_EQ(client->failure, ExchangeFailure::kRequestTimeout);
  Answer(*taken);
}

TEST_F(RequestLimit, hears_of_its_end_and_has_the_capacity_back) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  channel::Exchange* taken = worker.Take();
  Turn(2 * kLimit);
  auto next = Submit();
  Turn();
  EXPECT_EQ(worker.Take(), nullptr) << "the lost request has the capacity";
  Answer(*taken);
  Turn();
  EXPECT_EQ(events.over_ended, std::vector<uint64_t>{client->exchange.id});
  Turn();
  EXPECT_NE(worker.Take(), nullptr);
}

TEST_F(RequestLimit, prefers_workers_that_have_lost_nothing) {
  Worker lost = AddWorker(1, 4);
  auto client = Submit();
  ASSERT_NE(lost.Take(), nullptr);
  Turn(2 * kLimit);
  Worker other = AddWorker(2, 4);
  Turn();
  auto clients = SubmitMany(4);
  EXPECT_EQ(other.TakeAll().size(), 4U);
  auto fifth = Submit();
  EXPECT_NE(lost.Take(), nullptr) << "it goes on where nobody else can";
}

TEST_F(RequestLimit, a_draining_worker_that_runs_only_lost_requests_is_drained) {
  Worker worker = AddWorker(3, 2);
  auto lost = Submit();
  ASSERT_NE(worker.Take(), nullptr);
  Turn(2 * kLimit);
  dispatcher.DrainWorker(3);
  Turn();
  EXPECT_EQ(events.drained, std::vector<uint64_t>{3});
}

TEST_F(RequestLimit, is_lifted_for_upgraded_streams) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  ASSERT_NE(worker.Take(), nullptr);
  dispatcher.LiftTimeLimit(client->exchange);
  Turn(3 * kLimit);
  EXPECT_FALSE(client->failure);
}

TEST_F(RequestLimit, lists_what_a_worker_has) {
  Worker worker = AddWorker(5, 2);
  auto first = Submit();
  auto second = Submit();
  ASSERT_NE(worker.Take(), nullptr);
  const std::vector<RunningExchange> listed = dispatcher.List(5, 10);
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_NE(listed[0].taken, listed[1].taken);
  EXPECT_EQ(listed[0].path, "/");
  EXPECT_EQ(dispatcher.List(5, 1).size(), 1U);
  EXPECT_TRUE(dispatcher.List(6, 10).empty());
}

}  // namespace
}  // namespace monoceros::router
