// SPDX-License-Identifier: Apache-2.0
#include "runtime/probe_server.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "run.h"
#include "runtime/task_group.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class ProbeServerTest : public testing::Test {
 protected:
  ProbeServerTest() { tasks_.Spawn(server_.Run()); }
  ~ProbeServerTest() override {
    tasks_.Cancel();
    RunOn(io_, tasks_.Wait());
  }

  asio::awaitable<tcp::socket> Connect() {
    tcp::socket socket(io_);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), server_.port());
    co_await socket.async_connect(where, asio::use_awaitable);
    co_return socket;
  }

  asio::awaitable<void> ConnectTo(std::list<tcp::socket>& open, int count) {
    for (; count > 0; --count) {
      tcp::socket socket = co_await Connect();
      open.push_back(std::move(socket));
    }
  }

  // Sends, then reads until the server closes.
  asio::awaitable<void> Exchange(std::string request, std::string& answer) {
    tcp::socket socket = co_await Connect();
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    boost::system::error_code end;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                              asio::redirect_error(asio::use_awaitable, end));
  }

  std::string Ask(const std::string& line) {
    std::string answer;
    RunOn(io_, Exchange(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", answer));
    return answer;
  }

  asio::io_context io_;
  std::string reasons_;
  ProbeServer server_ = std::move(*ProbeServer::Open(
      io_.get_executor(), "127.0.0.1", 0,
      {.not_ready = [this] { return reasons_; }, .metrics = [] { return "up 1\n"; }}));
  TaskGroup tasks_{io_.get_executor()};
};

TEST_F(ProbeServerTest, lives_as_long_as_it_answers) {
  EXPECT_TRUE(Ask("GET /livez").starts_with("HTTP/1.1 200 OK"));
  EXPECT_TRUE(Ask("GET /healthz?verbose").starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ProbeServerTest, says_why_it_is_not_ready) {
  EXPECT_TRUE(Ask("GET /readyz").starts_with("HTTP/1.1 200 OK"));
  reasons_ = "the cache of pods is empty\nno certificate";
  const std::string answer = Ask("GET /readyz");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nthe cache of pods is empty\nno certificate\n")) << answer;
  EXPECT_TRUE(Ask("GET /livez").starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ProbeServerTest, serves_metrics_in_the_text_format) {
  const std::string answer = Ask("GET /metrics");
  EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nup 1\n"));
}

TEST_F(ProbeServerTest, answers_head_without_a_body) {
  const std::string answer = Ask("HEAD /metrics");
  EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ProbeServerTest, refuses_everything_else) {
  EXPECT_TRUE(Ask("GET /").starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(Ask("POST /livez").starts_with("HTTP/1.1 405"));
}

TEST_F(ProbeServerTest, answers_several_requests_on_one_connection) {
  std::string answer;
  RunOn(io_, Exchange("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\n"
                      "Host: x\r\nConnection: close\r\n\r\n",
                      answer));
  EXPECT_NE(answer.find("ok\nHTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("up 1\n"));
}

TEST_F(ProbeServerTest, ends_a_connection_that_sends_no_http) {
  std::string answer;
  RunOn(io_, Exchange("\x16\x03\x01 hello\r\n\r\n", answer));
  EXPECT_EQ(answer, "");
}

TEST_F(ProbeServerTest, closes_connections_beyond_its_limit) {
  std::list<tcp::socket> open;
  RunOn(io_, ConnectTo(open, 64));
  EXPECT_EQ(Ask("GET /livez"), "");
  open.clear();
  std::string answer;
  while (answer.empty()) answer = Ask("GET /livez");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ProbeServerTest, names_an_address_that_is_taken) {
  const auto second = ProbeServer::Open(io_.get_executor(), "127.0.0.1", server_.port(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "cannot listen on 127.0.0.1:" + std::to_string(server_.port()) +
                                        ": Address already in use");
}

TEST_F(ProbeServerTest, names_an_address_that_is_none) {
  const auto server = ProbeServer::Open(io_.get_executor(), "localhost", 1, {});
  ASSERT_FALSE(server);
  EXPECT_TRUE(server.error().message.starts_with("cannot listen on localhost:1: "));
}

}  // namespace
}  // namespace monoceros::runtime
