// SPDX-License-Identifier: Apache-2.0
#include "router/health/health_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "scoreboard/scoreboard.h"

namespace monoceros::router {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct NullSink final : base::LogSink {
  void Write(std::string_view) override {}
};

struct NoEvents final : DispatcherEvents {
  void OnRequestTimeout(const RunningExchange&) override {}
  void OnTimedOutEnded(uint64_t, uint64_t) override {}
  void OnWorkerDrained(uint64_t) override {}
  void OnWorkerBroken(uint64_t, const std::string&) override {}
};

scoreboard::Scoreboard NewBoard() {
  auto memory = scoreboard::Scoreboard::CreateMemory(2, 1);
  return std::move(*scoreboard::Scoreboard::Open(*memory, true));
}

struct HealthServerTest : testing::Test {
  HealthServerTest() {
    board.header().master_beat_at = context.now;
    base::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener.get(), Any(), sizeof address), 0);
    EXPECT_EQ(::listen(listener.get(), 128), 0);
    socklen_t length = sizeof address;
    EXPECT_EQ(::getsockname(listener.get(), Any(), &length), 0);
    server.emplace(context, std::move(listener));
  }

  sockaddr* Any() { return reinterpret_cast<sockaddr*>(&address); }

  base::Fd Connect() {
    base::Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), Any(), sizeof address), 0);
    const timeval limit{.tv_sec = 5};
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return client;
  }

  void Turn(base::Nanoseconds later = 0) {
    context.now += later;
    loop.Turn(0);
    server->FireExpired(context.now);
    server->EndTurn();
  }

  // All that comes until the server ends the connection.
  static std::string ReadAll(const base::Fd& client) {
    std::string all;
    std::array<char, 4096> bytes;
    ssize_t count;
    while ((count = ::recv(client.get(), bytes.data(), bytes.size(), 0)) > 0) {
      all.append(bytes.data(), static_cast<size_t>(count));
    }
    return count == 0 ? all : all + "(no end)";
  }

  std::string Ask(std::string_view request) {
    const base::Fd client = Connect();
    EXPECT_EQ(::send(client.get(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    Turn();
    Turn();
    return ReadAll(client);
  }

  // Whether the server has ended the connection.
  static bool Ended(const base::Fd& client) {
    char byte;
    return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  NullSink sink;
  base::Logger log{sink, base::LogLevel::kError, false, "test"};
  base::EventLoop loop;
  NoEvents events;
  Dispatcher dispatcher{loop, events, {}};
  scoreboard::Scoreboard board = NewBoard();
  Context context{.loop = loop,
                  .log = log,
                  .dispatcher = dispatcher,
                  .access_log = nullptr,
                  .scoreboard = board,
                  .row = board.router(),
                  .settings = {},
                  .budgets = {Budget(1 << 20), Budget(1 << 20)},
                  .timeouts = ConnectionTimeouts({}),
                  .now = base::MonotonicNow()};
  sockaddr_in address{};
  std::optional<HealthServer> server;
};

TEST_F(HealthServerTest, answers_and_closes) {
  const std::string answer = Ask("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\nok\n"));
}

TEST_F(HealthServerTest, gives_head_no_body_and_json_to_those_who_accept_it) {
  EXPECT_THAT(Ask("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n"), testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(Ask("GET /readyz HTTP/1.1\r\nHost: a\r\nACCEPT: application/json\r\n\r\n"),
              HasSubstr("{\"ready\":false,\"reasons\":[\"starting: "));
}

TEST_F(HealthServerTest, refuses_what_is_not_http_and_what_is_too_large) {
  EXPECT_THAT(Ask("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(Ask("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\nxxx"),
              StartsWith("HTTP/1.1 404 "));
}

TEST_F(HealthServerTest, reads_a_head_that_comes_byte_by_byte) {
  const base::Fd client = Connect();
  for (const char c : std::string_view("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")) {
    ASSERT_EQ(::send(client.get(), &c, 1, 0), 1);
    Turn();
  }
  EXPECT_THAT(ReadAll(client), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HealthServerTest, closes_a_connection_that_says_nothing_for_five_seconds) {
  const base::Fd client = Connect();
  Turn();
  Turn(4 * base::kNanosecondsPerSecond);
  EXPECT_FALSE(Ended(client));
  Turn(2 * base::kNanosecondsPerSecond);
  EXPECT_TRUE(Ended(client));
}

TEST_F(HealthServerTest, silent_connections_cannot_keep_a_probe_out) {
  std::vector<base::Fd> silent;
  for (int i = 0; i < 64; ++i) silent.push_back(Connect());
  Turn();
  EXPECT_THAT(Ask("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(Ended(silent.front())) << "the oldest made room";
  EXPECT_FALSE(Ended(silent.back()));
}

TEST_F(HealthServerTest, a_client_that_leaves_is_forgotten) {
  {
    const base::Fd client = Connect();
  }
  Turn();
  Turn();
  EXPECT_EQ(server->NextDeadline(0), 0) << "no connection is left";
}

}  // namespace
}  // namespace monoceros::router
