// SPDX-License-Identifier: Apache-2.0
#include "client_fixture.h"

namespace monoceros::kube {
namespace {

const Key kA{"shop", "a"};

// Wherever a coroutine waits when it is cancelled, it ends at once.
class CancellationTest : public ClientFixture {
 protected:
  void Turns(int count) {
    io_.restart();
    for (int i = 0; i < count; ++i) io_.poll_one();
  }
};

TEST_F(CancellationTest, ends_the_wait_for_an_answer) {
  Start(Drop(client().Get(kConfigMaps, kA)));
  RunUntil([this] { return server_.asked().size() == 1; });
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

TEST_F(CancellationTest, ends_the_wait_for_the_rest_of_an_answer) {
  // A head that promises more.
  server_.Then(Events({}, Then::kStaysOpen));
  Start(Drop(client().Get(kConfigMaps, kA)));
  RunUntil([this] { return server_.asked().size() == 1; });
  Turns(20);
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

TEST_F(CancellationTest, ends_a_silent_watch) {
  server_.Then(Events({Event("ADDED", ConfigMap("a", "6"))}, Then::kStaysOpen));
  bool seen = false;
  Start(Drop(client().Watch(kConfigMaps, "shop", WatchOptions(),
                            [&](const WatchEvent&) { seen = true; })));
  RunUntil([&] { return seen; });
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

TEST_F(CancellationTest, ends_a_watch_that_has_much_to_read) {
  std::vector<Json> events;
  for (int i = 0; i < 1000; ++i)
    events.push_back(Event("ADDED", ConfigMap("a", std::to_string(i))));
  server_.Then(Events(events, Then::kStaysOpen));
  int seen = 0;
  Start(Drop(client().Watch(kConfigMaps, "shop", WatchOptions(), [&](const WatchEvent&) {
    if (++seen == 10) Cancel();
  })));
  EXPECT_TRUE(EndedCancelled());
  EXPECT_LT(seen, 1000);
}

TEST_F(CancellationTest, ends_the_wait_for_its_turn) {
  options_.requests_per_second = 0.001;
  options_.burst = 1;
  server_.Then(Reply(200, ConfigMap("a", "7")));
  EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  Start(Drop(client().Get(kConfigMaps, kA)));
  Turns(10);
  Cancel();
  EXPECT_TRUE(EndedCancelled());
  EXPECT_EQ(server_.asked().size(), 1u);
}

TEST_F(CancellationTest, ends_the_wait_that_the_server_asked_for) {
  int answered = 0;
  options_.observe = [&](const RequestDone&) { ++answered; };
  server_.Then(Reply(429, StatusOf(429, "", ""), "Retry-After: 25\r\n"));
  Start(Drop(client().Get(kConfigMaps, kA)));
  RunUntil([&] { return answered == 1; });
  Turns(10);
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

TEST_F(CancellationTest, ends_the_lookup_of_a_name) {
  Access access = server_.AccessToIt();
  access.host = "no-such-host.invalid";
  UseAccess(access);
  Start(Drop(client().Get(kConfigMaps, kA)));
  Turns(1);
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

TEST_F(CancellationTest, ends_a_request_after_any_number_of_steps) {
  for (int steps = 0; steps < 30; ++steps) {
    Start(Drop(client().Get(kConfigMaps, kA)));
    Turns(steps);
    Cancel();
    EXPECT_TRUE(EndedCancelled()) << "after " << steps;
  }
}

TEST_F(CancellationTest, ends_a_tls_handshake_that_nobody_answers) {
  using boost::asio::ip::tcp;
  tcp::acceptor silent(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  Access access = server_.AccessToIt();
  access.plain = false;
  access.port = std::to_string(silent.local_endpoint().port());
  UseAccess(access);
  Start(Drop(client().Get(kConfigMaps, kA)));
  Turns(20);
  EXPECT_FALSE(ended_);
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

}  // namespace
}  // namespace monoceros::kube
