// SPDX-License-Identifier: Apache-2.0
#include "agent/http_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "agent/listening_socket.h"

namespace monoceros::agent {
namespace {

// Answers with what it was asked; "/later" from another thread, "/events" with a stream.
class Echo final : public HttpHandler {
 public:
  ~Echo() override {
    if (later_.joinable()) later_.join();
  }
  void Handle(const HttpRequest& request, HttpReply reply) override {
    if (request.path == "/later") {
      later_ = std::thread([reply] { reply({.body = "later"}); });
    } else if (request.path == "/events") {
      reply({.content_type = "text/event-stream", .next_piece = [] { return "data: 1\n\n"; }});
    } else {
      reply({.body = request.path + "|" + request.body});
    }
  }

 private:
  std::thread later_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    base::Fd listening = std::move(*ListenOn(*config::ParseBindAddress("127.0.0.1:0")));
    sockaddr_in name{};
    socklen_t length = sizeof name;
    ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&name), &length);
    port_ = name.sin_port;
    server_ = std::make_unique<HttpServer>(std::move(listening), echo_);
  }

  base::Fd Connect() const {
    base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = port_;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    return fd;
  }

  // What comes until `mark` is in it or the connection ends.
  static std::string ReadUntil(const base::Fd& fd, const std::string& mark) {
    std::string text;
    char bytes[4096];
    while (text.find(mark) == std::string::npos) {
      const ssize_t count = ::read(fd.get(), bytes, sizeof bytes);
      if (count <= 0) break;
      text.append(bytes, static_cast<size_t>(count));
    }
    return text;
  }

  std::string Exchange(const std::string& request, const std::string& mark) const {
    const base::Fd fd = Connect();
    EXPECT_EQ(::write(fd.get(), request.data(), request.size()),
              static_cast<ssize_t>(request.size()));
    return ReadUntil(fd, mark);
  }

  Echo echo_;
  std::unique_ptr<HttpServer> server_;
  in_port_t port_ = 0;
};

TEST_F(HttpServerTest, answers_requests_on_one_connection_in_order) {
  const base::Fd fd = Connect();
  const std::string requests =
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: "
      "x\r\n\r\n";
  ASSERT_EQ(::write(fd.get(), requests.data(), requests.size()),
            static_cast<ssize_t>(requests.size()));
  const std::string text = ReadUntil(fd, "/b|");
  EXPECT_NE(text.find("/a|hi"), std::string::npos);
  EXPECT_NE(text.find("X-Content-Type-Options: nosniff"), std::string::npos);
  EXPECT_NE(text.find("Cache-Control: no-store"), std::string::npos);
}

TEST_F(HttpServerTest, takes_a_reply_from_another_thread) {
  EXPECT_NE(Exchange("GET /later HTTP/1.1\r\nHost: x\r\n\r\n", "later").find("200 OK"),
            std::string::npos);
}

TEST_F(HttpServerTest, streams_piece_by_piece) {
  const std::string text =
      Exchange("GET /events HTTP/1.1\r\nHost: x\r\n\r\n", "data: 1\n\ndata: 1\n\n");
  EXPECT_NE(text.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(text.find("data: 1\n\ndata: 1\n\n"), std::string::npos);
}

TEST_F(HttpServerTest, refuses_what_is_too_long) {
  const std::string body = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
  EXPECT_NE(Exchange(body, "\r\n\r\n").find("413"), std::string::npos);
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20000, 'x');
  EXPECT_NE(Exchange(head, "\r\n\r\n").find("431"), std::string::npos);
}

TEST_F(HttpServerTest, closes_connections_beyond_its_limit) {
  std::vector<base::Fd> open;
  for (int i = 0; i < 64; ++i) open.push_back(Connect());
  EXPECT_EQ(Exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "|"), "");
  open.clear();
  std::string text;
  while (text.empty()) text = Exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "|");
  EXPECT_NE(text.find("200 OK"), std::string::npos);
}

TEST_F(HttpServerTest, ends_while_a_stream_is_open_and_a_reply_is_owed) {
  const base::Fd stream = Connect();
  const std::string request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_GT(::write(stream.get(), request.data(), request.size()), 0);
  EXPECT_NE(ReadUntil(stream, "data").find("200"), std::string::npos);
  server_.reset();
  EXPECT_EQ(ReadUntil(stream, "never").find("never"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::agent
