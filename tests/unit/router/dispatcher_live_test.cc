// SPDX-License-Identifier: Apache-2.0
// A dispatcher while its pool changes, and what it measures of it.
#include "dispatcher_fixture.h"

namespace monoceros::router {
namespace {

TEST_F(DispatcherTest, more_capacity_takes_what_waits) {
  Worker worker = AddWorker(1, 1);
  auto clients = SubmitMany(3);
  EXPECT_EQ(worker.TakeAll(), std::vector<uint64_t>{1});
  dispatcher.SetCapacity(1, 2);
  Turn();
  EXPECT_EQ(worker.TakeAll(), std::vector<uint64_t>{2});
  EXPECT_EQ(dispatcher.queued(), 1U);
}

TEST_F(DispatcherTest, less_capacity_takes_back_the_newest_that_are_not_taken) {
  Worker worker = AddWorker(1, 4);
  auto clients = SubmitMany(4);
  ASSERT_NE(worker.Take(), nullptr);
  dispatcher.SetCapacity(1, 2);
  EXPECT_EQ(dispatcher.queued(), 2U);
  EXPECT_EQ(worker.TakeAll(), std::vector<uint64_t>{2});
  Worker other = AddWorker(2, 2);
  Turn();
  EXPECT_EQ(other.TakeAll(), (std::vector<uint64_t>{3, 4}));
}

TEST_F(DispatcherTest, less_capacity_lets_what_runs_end_and_gives_no_more_meanwhile) {
  dispatcher.Configure({.queue_limit = 100, .queue_timeout = 0});
  Worker worker = AddWorker(1, 3);
  auto clients = SubmitMany(5);
  std::vector<channel::Exchange*> running = {worker.Take(), worker.Take(), worker.Take()};
  dispatcher.SetCapacity(1, 1);
  for (size_t i = 0; i < 2; ++i) {
    Answer(*running[i]);
    Turn(base::kNanosecondsPerSecond);  // long ago, so nothing is given ahead of time either
    EXPECT_EQ(worker.Take(), nullptr) << i;
  }
  Answer(*running[2]);
  Turn();
  EXPECT_NE(worker.Take(), nullptr);
  EXPECT_TRUE(clients[0]->done && clients[1]->done && clients[2]->done);
}

TEST_F(DispatcherTest, a_capacity_is_at_least_one_and_at_most_the_slots_of_the_channel) {
  Worker worker = AddWorker(1, 1);  // its channel has 9 slots
  dispatcher.SetCapacity(1, 1'000'000);
  auto clients = SubmitMany(12);
  Turn();
  EXPECT_EQ(worker.TakeAll().size(), 9U);
  dispatcher.SetCapacity(1, 0);
  dispatcher.SetCapacity(17, 4);  // long dead
  Worker other = AddWorker(2, 1);
  dispatcher.SetCapacity(2, 0);
  Turn();
  EXPECT_EQ(other.TakeAll().size(), 1U);
}

TEST_F(DispatcherTest, an_ended_exchange_has_the_times_that_its_worker_reported) {
  Worker worker = AddWorker(1, 1);
  auto client = Submit();
  channel::Exchange* taken = worker.Take();
  taken->ReportTimes({.gil_wait = 30, .cpu = 20});
  Answer(*taken);
  Turn();
  EXPECT_EQ(client->exchange.times, (channel::RequestTimes{.gil_wait = 30, .cpu = 20}));
  EXPECT_GT(dispatcher.mean_service(), 0);
}

TEST_F(DispatcherTest, memory_of_a_channel_that_lies_idle_is_given_back) {
  Worker worker = AddWorker(1, 1);
  const int64_t before = worker.Resident();
  auto client = Submit(std::string(100'000, 'x'));
  channel::Exchange* taken = worker.Take();
  while (taken->Read()) taken->Consume();
  Answer(*taken);
  Turn();
  ASSERT_TRUE(client->done);
  const int64_t used = worker.Resident();
  EXPECT_GE(used, before + 100'000);
  dispatcher.Trim();
  dispatcher.Trim();
  EXPECT_LE(worker.Resident(), used - 100'000);
}

}  // namespace
}  // namespace monoceros::router
