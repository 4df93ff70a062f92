// SPDX-License-Identifier: Apache-2.0
// Exchanges that are given to a worker while their bodies still arrive.
#include "dispatcher_fixture.h"

namespace monoceros::router {
namespace {

struct DispatcherOpenBodyTest : DispatcherTest {
  Worker AddLoop(uint64_t incarnation, uint32_t capacity = 1) {
    return AddWorker(incarnation, capacity, true, "asgi");
  }
  std::unique_ptr<Client> SubmitOpen(std::string_view body) {
    return std::make_unique<Client>(dispatcher, budgets, ++last_id, body, false, true);
  }
  // More of the body arrives; `last`: it is all.
  static void Arrive(Client& client, std::string_view bytes, bool last = false) {
    client.exchange.body.Keep(bytes);
    client.exchange.body_open = !last;
    if (client.exchange.worker != nullptr) client.exchange.worker->FeedBody(client.exchange);
  }
  struct Seen {
    std::string bytes;
    bool ended = false;
  };
  // All that the worker can read of the body now.
  static Seen ReadBody(channel::Exchange& exchange) {
    Seen seen;
    while (const auto frame = exchange.Read()) {
      if (frame->type == channel::FrameType::kData) {
        seen.bytes.append(reinterpret_cast<const char*>(frame->payload.data()),
                          frame->payload.size());
      }
      seen.ended = frame->type == channel::FrameType::kEnd;
    }
    exchange.Consume();
    return seen;
  }
};

TEST_F(DispatcherOpenBodyTest, an_open_body_is_fed_as_it_arrives_and_then_ended) {
  Worker worker = AddLoop(1);
  auto client = SubmitOpen("one ");
  channel::Exchange* taken = worker.Take();
  ASSERT_NE(taken, nullptr);
  Seen seen = ReadBody(*taken);
  EXPECT_EQ(seen.bytes, "one ");
  EXPECT_FALSE(seen.ended);
  Arrive(*client, "two ");
  seen = ReadBody(*taken);
  EXPECT_EQ(seen.bytes, "two ");
  EXPECT_FALSE(seen.ended);
  Arrive(*client, "three", true);
  seen = ReadBody(*taken);
  EXPECT_EQ(seen.bytes, "three");
  EXPECT_TRUE(seen.ended);
  Answer(*taken);
  Turn();
  EXPECT_TRUE(client->done);
}

TEST_F(DispatcherOpenBodyTest, what_a_worker_has_taken_is_dropped) {
  Worker worker = AddLoop(1);
  auto client = SubmitOpen("kept");
  Arrive(*client, " and kept");
  EXPECT_EQ(client->exchange.body.size(), 13U);
  EXPECT_FALSE(client->exchange.body_dropped);
  channel::Exchange* taken = worker.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(ReadBody(*taken).bytes, "kept and kept");
  Turn();
  EXPECT_EQ(client->exchange.body.size(), 0U);
  EXPECT_TRUE(client->exchange.body_dropped);
  taken->Finish();
  Turn();
}

TEST_F(DispatcherOpenBodyTest, more_than_the_credit_waits_and_follows) {
  Worker worker = AddLoop(1);
  auto client = SubmitOpen({});
  channel::Exchange* taken = worker.Take();
  ASSERT_NE(taken, nullptr);
  std::string wanted;
  for (int i = 0; wanted.size() < (2U << 20); ++i) wanted += std::to_string(i);
  Arrive(*client, wanted, true);
  std::string got;
  Seen seen;
  for (int round = 0; round < 10'000 && !seen.ended; ++round) {
    seen = ReadBody(*taken);
    got += seen.bytes;
    Turn();
  }
  EXPECT_TRUE(seen.ended);
  EXPECT_TRUE(got == wanted);
  Answer(*taken);
  Turn();
}

TEST_F(DispatcherOpenBodyTest, what_was_not_taken_begins_anew_with_another_worker) {
  Worker first = AddLoop(1);
  auto client = SubmitOpen("one ");
  Arrive(*client, "two ");
  first.Die();
  Turn();
  EXPECT_EQ(client->exchange.state, Exchange::State::kQueued);
  Arrive(*client, "three ");
  Worker second = AddLoop(2);
  Turn();
  channel::Exchange* taken = second.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(ReadBody(*taken).bytes, "one two three ");
  EXPECT_FALSE(client->body_wanted);
  Answer(*taken);
  Turn();
}

TEST_F(DispatcherOpenBodyTest, what_was_taken_fails_with_its_worker) {
  Worker worker = AddLoop(1);
  auto client = SubmitOpen("one ");
  ASSERT_NE(worker.Take(), nullptr);
  worker.Die();
  Turn();
  EXPECT_EQ(client->failure, ExchangeFailure::kWorkerDied);
  EXPECT_FALSE(client->body_wanted);
}

TEST_F(DispatcherOpenBodyTest, open_bodies_are_for_workers_that_all_take_them) {
  EXPECT_FALSE(dispatcher.TakesOpenBodies());
  Worker loop = AddLoop(1);
  EXPECT_TRUE(dispatcher.TakesOpenBodies());
  Worker threads = AddWorker(2, 1);
  EXPECT_FALSE(dispatcher.TakesOpenBodies());
  Worker newer = AddLoop(3);
  EXPECT_FALSE(dispatcher.TakesOpenBodies());
  dispatcher.DrainWorker(2);
  EXPECT_TRUE(dispatcher.TakesOpenBodies());
}

TEST_F(DispatcherOpenBodyTest, without_workers_the_last_one_says_what_will_come) {
  Worker loop = AddLoop(1);
  loop.Die();
  Turn();
  EXPECT_TRUE(dispatcher.TakesOpenBodies());
}

TEST_F(DispatcherOpenBodyTest, a_worker_of_another_class_has_what_waits_read_to_its_end) {
  Worker loop = AddLoop(1);
  auto running = Submit();
  auto waiting = SubmitOpen("some");
  auto whole = Submit("whole");
  ASSERT_EQ(waiting->exchange.state, Exchange::State::kQueued);
  Worker threads = AddWorker(2, 1);
  EXPECT_TRUE(waiting->body_wanted);
  EXPECT_EQ(waiting->exchange.state, Exchange::State::kIdle);
  EXPECT_EQ(waiting->exchange.body.memory(), "some");
  EXPECT_FALSE(whole->body_wanted);
  Turn();
  EXPECT_EQ(threads.TakeAll(), std::vector<uint64_t>{whole->exchange.id});
}

TEST_F(DispatcherOpenBodyTest, an_untaken_open_body_is_not_moved_to_a_worker_of_another_class) {
  Worker loop = AddLoop(1);
  auto waiting = SubmitOpen("some");
  Worker threads = AddWorker(2, 1);
  for (int round = 0; round < 5; ++round) TurnAfterGrace();
  EXPECT_TRUE(threads.TakeAll().empty());
  EXPECT_EQ(waiting->exchange.state, Exchange::State::kAssigned);
  dispatcher.DrainWorker(1);
  EXPECT_TRUE(waiting->body_wanted);
  EXPECT_EQ(waiting->exchange.state, Exchange::State::kIdle);
  EXPECT_FALSE(waiting->exchange.body_open);
}

TEST_F(DispatcherOpenBodyTest, the_time_that_a_body_takes_to_arrive_is_no_service_time) {
  Worker worker = AddLoop(1);
  auto client = SubmitOpen("one");
  channel::Exchange* taken = worker.Take();
  ASSERT_NE(taken, nullptr);
  Arrive(*client, "two", true);
  Answer(*taken);
  Turn();
  EXPECT_TRUE(client->done);
  EXPECT_EQ(dispatcher.mean_service(), 0);
}

}  // namespace
}  // namespace monoceros::router
