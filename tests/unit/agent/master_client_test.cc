// SPDX-License-Identifier: Apache-2.0
#include "agent/master_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>

namespace monoceros::agent {
namespace {

using base::Message;
using base::MessageSocket;
using nlohmann::json;
using testing::ElementsAre;

constexpr int kWait = 20'000;  // ms; only a failing test waits so long

// Keeps what an order was told.
class Told final : public OrderListener {
 public:
  void OnOrderEvent(const OrderEvent& event) override { events.push_back(event.message); }
  void OnOrderDone(const OrderOutcome& outcome) override { done_.set_value(outcome); }
  OrderOutcome Wait() {
    auto future = done_.get_future();
    if (future.wait_for(std::chrono::milliseconds(kWait)) == std::future_status::ready) {
      return future.get();
    }
    return {"not answered", "", 0, ""};
  }
  std::vector<std::string> events;

 private:
  std::promise<OrderOutcome> done_;
};

// The master's end of each connection.
class MasterClientTest : public testing::Test {
 protected:
  MasterClient::Dial Dial() {
    return [this]() -> base::Result<MessageSocket> {
      const std::lock_guard lock(mutex_);
      if (!lives_) return base::Fail("no server runs in /run/x");
      auto [ours, theirs] = MessageSocket::Pair();
      accepted_.push_back(std::move(ours));
      return std::move(theirs);
    };
  }

  MessageSocket Accept() {
    for (int tries = 0; tries < kWait / 5; ++tries) {
      {
        const std::lock_guard lock(mutex_);
        if (!accepted_.empty()) {
          MessageSocket socket = std::move(accepted_.front());
          accepted_.pop_front();
          return socket;
        }
      }
      ::usleep(5000);
    }
    ADD_FAILURE() << "the client did not connect";
    return {};
  }

  static json Next(MessageSocket& socket) {
    Message message;
    if (socket.ReceiveWithin(message, kWait) != base::ReceiveStatus::kMessage) return nullptr;
    return json::parse(message.json);
  }

  void SetLives(bool lives) {
    const std::lock_guard lock(mutex_);
    lives_ = lives;
  }

  std::mutex mutex_;
  bool lives_ = true;
  std::deque<MessageSocket> accepted_;
};

TEST_F(MasterClientTest, introduces_itself_and_learns_who_the_master_is) {
  MasterClient client(Dial(), "0.2.0");
  MessageSocket master = Accept();
  const json hello = Next(master);
  EXPECT_EQ(hello["op"], "hello");
  EXPECT_EQ(hello["version"], "0.2.0");
  master.Send(R"({"op":"hello","version":"0.3.0","features":["apply",7],"managed":true})");
  while (client.info().version.empty()) ::usleep(1000);
  EXPECT_TRUE(client.info().connected && client.info().managed);
  EXPECT_THAT(client.info().features, ElementsAre("apply"));
}

TEST_F(MasterClientTest, gives_events_and_the_result_to_the_order_they_belong_to) {
  MasterClient client(Dial(), "0.2.0");
  MessageSocket master = Accept();
  Next(master);
  const auto first = std::make_shared<Told>();
  const auto second = std::make_shared<Told>();
  client.Submit({{"op", "apply"}, {"workers", 3}}, -1, first);
  const json apply = Next(master);
  client.Submit({{"op", "get_config"}}, -1, second);
  const json config = Next(master);
  EXPECT_EQ(apply["workers"], 3);
  EXPECT_NE(apply["id"], config["id"]);

  const base::Fd file(::memfd_create("result", MFD_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "{\"a\":1}", 7), 7);
  master.Send(json{{"op", "done"}, {"id", config["id"]}, {"ok", true}}.dump(), {file.get()});
  EXPECT_EQ(second->Wait().result, "{\"a\":1}");

  master.Send(json{{"op", "event"}, {"id", apply["id"]}, {"message", "1 of 3"}}.dump());
  master.Send(json{{"op", "done"},
                   {"id", apply["id"]},
                   {"ok", false},
                   {"code", "aborted"},
                   {"message", "it did not start"},
                   {"live_revision", 7}}
                  .dump());
  const OrderOutcome outcome = first->Wait();
  EXPECT_EQ(outcome.code, "aborted");
  EXPECT_EQ(outcome.message, "it did not start");
  EXPECT_EQ(outcome.live_revision, 7u);
  EXPECT_THAT(first->events, ElementsAre("1 of 3"));
}

TEST_F(MasterClientTest, answers_unavailable_without_a_master_and_when_it_goes) {
  SetLives(false);
  MasterClient client(Dial(), "0.2.0");
  auto told = std::make_shared<Told>();
  client.Submit({{"op", "reload"}}, -1, told);
  EXPECT_EQ(told->Wait().message, "no server runs in /run/x");

  SetLives(true);
  told = std::make_shared<Told>();
  client.Submit({{"op", "reload"}}, -1, told);
  MessageSocket master = Accept();
  Next(master);
  EXPECT_EQ(Next(master)["op"], "reload");
  master.Close();
  EXPECT_EQ(told->Wait().code, "unavailable");
}

TEST_F(MasterClientTest, connects_again_to_the_next_master) {
  MasterClient client(Dial(), "0.2.0");
  Accept().Close();
  MessageSocket master = Accept();
  EXPECT_EQ(Next(master)["op"], "hello");
}

TEST_F(MasterClientTest, gives_an_order_up_after_its_time) {
  MasterClient client(Dial(), "0.2.0");
  MessageSocket master = Accept();
  const auto told = std::make_shared<Told>();
  client.Submit({{"op", "dump_stacks"}}, 20 * base::kNanosecondsPerMillisecond, told);
  EXPECT_EQ(told->Wait().code, "deadline_exceeded");
}

TEST_F(MasterClientTest, bounds_the_orders_that_wait) {
  MasterClient client(Dial(), "0.2.0");
  MessageSocket master = Accept();
  std::vector<std::shared_ptr<Told>> told;
  for (int i = 0; i < 33; ++i) {
    client.Submit({{"op", "reload"}}, -1, told.emplace_back(std::make_shared<Told>()));
  }
  EXPECT_EQ(told.back()->Wait().code, "resource_exhausted");
}

TEST_F(MasterClientTest, survives_messages_that_make_no_sense) {
  MasterClient client(Dial(), "0.2.0");
  MessageSocket master = Accept();
  Next(master);
  for (const char* text :
       {"[]", "no json", R"({"op":1})", R"({"op":"done"})", R"({"op":"done","id":-1})",
        R"({"op":"hello","features":7,"managed":"yes"})", R"({"op":"event","id":99})"}) {
    master.Send(text);
  }
  const auto told = std::make_shared<Told>();
  client.Submit({{"op", "reload"}}, -1, told);
  const json reload = Next(master);
  master.Send(json{{"op", "done"}, {"id", reload["id"]}, {"ok", false}, {"code", 5}}.dump());
  EXPECT_EQ(told->Wait().code, "unknown");
}

TEST_F(MasterClientTest, answers_what_is_open_when_it_ends) {
  const auto told = std::make_shared<Told>();
  {
    MasterClient client(Dial(), "0.2.0");
    MessageSocket master = Accept();
    Next(master);
    client.Submit({{"op", "reload"}}, -1, told);
    Next(master);
  }
  EXPECT_EQ(told->Wait().code, "unavailable");
}

}  // namespace
}  // namespace monoceros::agent
