// SPDX-License-Identifier: Apache-2.0
// Exchanges that are upgraded, or have no end.
#include "dispatcher_fixture.h"

namespace monoceros::router {
namespace {

constexpr bool kLoop = true;

struct DispatcherStreamTest : DispatcherTest {
  // A request that the worker has taken and that became a stream.
  std::unique_ptr<Client> Stream(const Worker& worker) {
    auto client = Submit();
    taken = worker.Take();
    EXPECT_NE(taken, nullptr);
    dispatcher.MarkStream(client->exchange);
    return client;
  }
  channel::Exchange* taken = nullptr;  // by the last Stream
};

TEST_F(DispatcherStreamTest, a_stream_gives_the_capacity_of_a_loop_back) {
  Worker worker = AddWorker(1, 1, kLoop);
  auto stream = Stream(worker);
  EXPECT_EQ(dispatcher.in_flight(), 0U);
  EXPECT_EQ(dispatcher.streams(), 1U);
  auto request = Submit();
  channel::Exchange* beside = worker.Take();
  ASSERT_NE(beside, nullptr);
  Answer(*beside);
  Turn();
  EXPECT_TRUE(request->done);
  EXPECT_FALSE(stream->done);
}

TEST_F(DispatcherStreamTest, a_stream_keeps_the_thread_that_runs_it) {
  Worker worker = AddWorker(1, 1);
  auto stream = Stream(worker);
  EXPECT_EQ(dispatcher.in_flight(), 1U);
  EXPECT_EQ(dispatcher.streams(), 0U);
  auto request = Submit();
  EXPECT_EQ(request->exchange.state, Exchange::State::kQueued);
}

TEST_F(DispatcherStreamTest, a_stream_that_ends_is_counted_out_once) {
  Worker worker = AddWorker(1, 1, kLoop);
  for (int round = 0; round < 20; ++round) {
    auto stream = Stream(worker);
    Answer(*taken);
    Turn();
    EXPECT_TRUE(stream->done);
    EXPECT_EQ(dispatcher.streams(), 0U);
    EXPECT_EQ(dispatcher.in_flight(), 0U);
  }
}

TEST_F(DispatcherStreamTest, a_stream_whose_client_left_counts_until_its_worker_ends_it) {
  Worker worker = AddWorker(1, 1, kLoop);
  Stream(worker).reset();
  EXPECT_EQ(dispatcher.streams(), 1U);
  EXPECT_TRUE(taken->disconnected());
  taken->Finish();
  Turn();
  EXPECT_EQ(dispatcher.streams(), 0U);
  EXPECT_EQ(dispatcher.in_flight(), 0U);
}

TEST_F(DispatcherStreamTest, the_length_of_a_stream_is_no_service_time) {
  Worker worker = AddWorker(1, 1, kLoop);
  auto stream = Stream(worker);
  Answer(*taken);
  Turn();
  EXPECT_EQ(dispatcher.mean_service(), 0);
  auto request = Submit();
  Answer(*worker.Take());
  Turn();
  EXPECT_GT(dispatcher.mean_service(), 0);
}

TEST_F(DispatcherStreamTest, streams_may_take_every_slot_and_then_requests_wait) {
  Worker worker = AddWorker(1, 2, kLoop);  // 10 slots
  std::vector<std::unique_ptr<Client>> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(Stream(worker));
  channel::Exchange* last = taken;
  auto request = Submit();
  EXPECT_EQ(request->exchange.state, Exchange::State::kQueued);
  Turn();
  EXPECT_EQ(dispatcher.CountWorkers(now).stalled, 0U);
  Answer(*last);
  Turn();
  EXPECT_EQ(request->exchange.state, Exchange::State::kAssigned);
}

TEST_F(DispatcherStreamTest, streams_spread_over_workers_that_run_nothing) {
  Worker first = AddWorker(1, 100, kLoop);
  Worker second = AddWorker(2, 100, kLoop);
  std::vector<std::unique_ptr<Client>> streams;
  int counts[2] = {};
  for (int i = 0; i < 10; ++i) {
    streams.push_back(Submit());
    const int to = first.Take() != nullptr ? 0 : 1;
    if (to == 1) {
      ASSERT_NE(second.Take(), nullptr);
    }
    ++counts[to];
    dispatcher.MarkStream(streams.back()->exchange);
  }
  EXPECT_EQ(counts[0], 5);
  EXPECT_EQ(counts[1], 5);
}

TEST_F(DispatcherStreamTest, the_end_of_a_request_that_may_upgrade_waits_for_the_answer) {
  Worker worker = AddWorker(1, 1, kLoop);
  Client client(dispatcher, budgets, ++last_id, {}, true);
  channel::Exchange* upgraded = worker.Take();
  ASSERT_NE(upgraded, nullptr);
  ASSERT_EQ(upgraded->Read()->type, channel::FrameType::kHead);
  EXPECT_FALSE(upgraded->Read());
  WorkerLink& link = *client.exchange.worker;
  dispatcher.MarkStream(client.exchange);
  EXPECT_GT(link.FeedCredit(client.exchange), 4U);
  EXPECT_EQ(link.Feed(client.exchange, "data"), 4U);
  EXPECT_EQ(upgraded->Read()->type, channel::FrameType::kData);
  link.EndFeed(client.exchange);
  EXPECT_EQ(upgraded->Read()->type, channel::FrameType::kEnd);
  upgraded->Finish();
  Turn();
}

TEST_F(DispatcherStreamTest, a_worker_that_does_not_read_gives_no_credit_until_it_does) {
  Worker worker = AddWorker(1, 1, kLoop);
  Client client(dispatcher, budgets, ++last_id, {}, true);
  channel::Exchange* upgraded = worker.Take();
  ASSERT_NE(upgraded, nullptr);
  dispatcher.MarkStream(client.exchange);
  WorkerLink& link = *client.exchange.worker;
  const std::string much(8 << 20, 'x');
  EXPECT_LT(link.Feed(client.exchange, much), much.size());
  EXPECT_EQ(link.FeedCredit(client.exchange), 0U);
  while (upgraded->Read()) {
  }
  upgraded->Consume();
  EXPECT_GT(link.FeedCredit(client.exchange), 0U);
  upgraded->Finish();
  Turn();
}

}  // namespace
}  // namespace monoceros::router
