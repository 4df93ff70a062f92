// SPDX-License-Identifier: Apache-2.0
#include "router/http/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace monoceros::router::http {
namespace {

using channel::Field;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDate = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

class ResponseHeadTest : public testing::Test {
 protected:
  base::Result<ResponsePlan> Write(uint16_t status, std::vector<Field> fields = {},
                                   std::string_view reason = "") {
    out_.clear();
    return WriteResponseHead({status, reason, std::move(fields)}, context_, kDate, out_);
  }

  // The error of a head that must be refused with nothing written.
  std::string Refused(uint16_t status, std::vector<Field> fields) {
    const auto plan = Write(status, std::move(fields));
    EXPECT_FALSE(plan) << out_;
    EXPECT_EQ(out_, "");
    return plan ? "" : plan.error().message;
  }

  ResponseContext context_;
  std::string out_;
};

TEST_F(ResponseHeadTest, writes_a_whole_head) {
  const auto plan = Write(200, {{"Content-Type", "text/plain"}, {"Content-Length", "5"}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(out_,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: monoceros\r\n"
            "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(plan->framing, Framing::kLength);
  EXPECT_EQ(plan->content_length, 5u);
  EXPECT_TRUE(plan->keep_alive);
}

TEST_F(ResponseHeadTest, appends_to_what_is_there) {
  out_ = "before";
  ASSERT_TRUE(WriteResponseHead({200, "", {}}, context_, kDate, out_));
  EXPECT_TRUE(out_.starts_with("beforeHTTP/1.1 200 OK\r\n"));
}

TEST_F(ResponseHeadTest, keeps_the_reason_of_the_application) {
  ASSERT_TRUE(Write(299, {}, "Very Fine"));
  EXPECT_TRUE(out_.starts_with("HTTP/1.1 299 Very Fine\r\n"));
}

TEST_F(ResponseHeadTest, writes_an_empty_reason_for_an_unregistered_status) {
  ASSERT_TRUE(Write(299));
  EXPECT_TRUE(out_.starts_with("HTTP/1.1 299 \r\n"));
}

TEST_F(ResponseHeadTest, keeps_the_order_and_repetition_of_fields) {
  ASSERT_TRUE(Write(200, {{"Set-Cookie", "a=1"}, {"X", "y"}, {"Set-Cookie", "b=2"}}));
  EXPECT_THAT(out_, HasSubstr("Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\n"));
}

TEST_F(ResponseHeadTest, leaves_the_applications_date_and_server_alone) {
  ASSERT_TRUE(Write(200, {{"date", "now"}, {"SERVER", "mine"}}));
  EXPECT_THAT(out_, HasSubstr("date: now\r\nSERVER: mine\r\n"));
  EXPECT_THAT(out_, Not(HasSubstr("monoceros")));
  EXPECT_THAT(out_, Not(HasSubstr("1970")));
}

TEST_F(ResponseHeadTest, adds_lines_of_the_server_to_those_of_the_application) {
  context_.extra_fields = "Server-Timing: cpu;dur=1.000\r\n";
  ASSERT_TRUE(Write(200, {{"Server-Timing", "db;dur=5"}}));
  EXPECT_THAT(out_, HasSubstr("\r\nServer-Timing: db;dur=5\r\n"));
  EXPECT_THAT(out_, HasSubstr("\r\nServer-Timing: cpu;dur=1.000\r\n"));
}

TEST_F(ResponseHeadTest, chunks_a_body_of_unknown_length) {
  const auto plan = Write(200);
  EXPECT_EQ(plan->framing, Framing::kChunked);
  EXPECT_THAT(out_, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(out_, Not(HasSubstr("Content-Length")));
}

TEST_F(ResponseHeadTest, uses_the_length_of_a_body_that_is_known_whole) {
  context_.whole_body_length = 7;
  const auto plan = Write(200);
  EXPECT_EQ(plan->framing, Framing::kLength);
  EXPECT_THAT(out_, HasSubstr("Content-Length: 7\r\n"));
}

TEST_F(ResponseHeadTest, prefers_the_applications_length) {
  context_.whole_body_length = 7;
  EXPECT_EQ(Write(200, {{"Content-Length", "5"}})->content_length, 5u);
  EXPECT_THAT(out_, Not(HasSubstr("Length: 7")));
}

TEST_F(ResponseHeadTest, ends_an_http_1_0_body_of_unknown_length_by_closing) {
  context_.version_minor = 0;
  const auto plan = Write(200);
  EXPECT_EQ(plan->framing, Framing::kClose);
  EXPECT_FALSE(plan->keep_alive);
  EXPECT_THAT(out_, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(out_, Not(HasSubstr("Transfer-Encoding")));
}

TEST_F(ResponseHeadTest, tells_an_http_1_0_client_that_the_connection_stays) {
  context_.version_minor = 0;
  EXPECT_TRUE(Write(200, {{"Content-Length", "5"}})->keep_alive);
  EXPECT_THAT(out_, HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(ResponseHeadTest, closes_when_the_server_wants_it) {
  context_.keep_alive = false;
  EXPECT_FALSE(Write(200)->keep_alive);
  EXPECT_THAT(out_, HasSubstr("Connection: close\r\n"));
}

TEST_F(ResponseHeadTest, closes_when_the_application_wants_it) {
  EXPECT_FALSE(Write(200, {{"connection", "Close"}})->keep_alive);
  EXPECT_THAT(out_, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(out_, Not(HasSubstr("connection: Close")));
}

TEST_F(ResponseHeadTest, takes_keep_alive_of_the_application_as_no_wish) {
  EXPECT_TRUE(Write(200, {{"Connection", "keep-alive"}})->keep_alive);
  EXPECT_THAT(out_, Not(HasSubstr("Connection")));
  context_.keep_alive = false;
  EXPECT_FALSE(Write(200, {{"Connection", "keep-alive"}})->keep_alive);
}

TEST_F(ResponseHeadTest, keeps_the_applications_length_for_head) {
  context_.head_request = true;
  const auto plan = Write(200, {{"Content-Length", "5"}});
  EXPECT_EQ(plan->framing, Framing::kNone);
  EXPECT_THAT(out_, HasSubstr("Content-Length: 5\r\n"));
}

TEST_F(ResponseHeadTest, gives_no_length_of_its_own_for_head) {
  context_.head_request = true;
  context_.whole_body_length = 0;
  EXPECT_EQ(Write(200)->framing, Framing::kNone);
  EXPECT_THAT(out_, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(out_, Not(HasSubstr("Transfer-Encoding")));
}

TEST_F(ResponseHeadTest, gives_204_no_body_and_no_length) {
  context_.whole_body_length = 3;
  EXPECT_EQ(Write(204, {{"Content-Length", "3"}})->framing, Framing::kNone);
  EXPECT_THAT(out_, Not(HasSubstr("Content-Length")));
}

TEST_F(ResponseHeadTest, keeps_the_applications_length_for_304) {
  EXPECT_EQ(Write(304, {{"Content-Length", "5"}})->framing, Framing::kNone);
  EXPECT_THAT(out_, HasSubstr("Content-Length: 5\r\n"));
}

TEST_F(ResponseHeadTest, keeps_http_1_0_alive_over_a_response_without_body) {
  context_.version_minor = 0;
  EXPECT_TRUE(Write(304)->keep_alive);
}

TEST_F(ResponseHeadTest, merges_equal_lengths) {
  ASSERT_TRUE(Write(200, {{"Content-Length", "5"}, {"content-length", " 5 "}}));
  EXPECT_EQ(out_.find("Content-Length: 5"), out_.rfind("Content-Length: 5"));
  EXPECT_THAT(out_, Not(HasSubstr("content-length")));
}

TEST_F(ResponseHeadTest, refuses_different_lengths) {
  EXPECT_THAT(Refused(200, {{"Content-Length", "5"}, {"Content-Length", "6"}}),
              HasSubstr("Content-Length"));
}

TEST_F(ResponseHeadTest, refuses_malformed_lengths) {
  for (const char* value : {"", "+5", "-1", "5, 5", "0x5", "5 5", "9223372036854775808"}) {
    EXPECT_THAT(Refused(200, {{"Content-Length", value}}), HasSubstr("Content-Length")) << value;
  }
}

TEST_F(ResponseHeadTest, refuses_a_body_framing_of_the_application) {
  EXPECT_THAT(Refused(200, {{"transfer-encoding", "chunked"}}), HasSubstr("transfer-encoding"));
}

TEST_F(ResponseHeadTest, refuses_hop_by_hop_fields) {
  for (const char* name : {"Keep-Alive", "TE", "Trailer", "Upgrade", "Proxy-Connection"}) {
    EXPECT_THAT(Refused(200, {{name, "x"}}), HasSubstr(name));
  }
  EXPECT_THAT(Refused(200, {{"Connection", "X-Foo"}}), HasSubstr("Connection"));
  EXPECT_THAT(Refused(200, {{"Connection", "upgrade"}}), HasSubstr("Connection"));
}

TEST_F(ResponseHeadTest, refuses_names_that_are_no_token) {
  for (const char* name : {"", "X A", "X:", "X\r\nY", "\xc3\xa9", "X\t"}) {
    EXPECT_THAT(Refused(200, {{name, "x"}}), HasSubstr("token")) << name;
  }
}

TEST_F(ResponseHeadTest, refuses_control_characters_in_values) {
  using namespace std::string_view_literals;
  for (const std::string_view value : {"a\rb"sv, "a\nb"sv, "a\r\nB: c"sv, "a\0b"sv, "\x7f"sv}) {
    EXPECT_THAT(Refused(200, {{"X", value}}), HasSubstr("control character"));
  }
}

TEST_F(ResponseHeadTest, allows_tabs_and_high_bytes_in_values) {
  ASSERT_TRUE(Write(200, {{"X", " a\tb\xff "}}));
  EXPECT_THAT(out_, HasSubstr("X: a\tb\xff\r\n"));
}

TEST_F(ResponseHeadTest, refuses_control_characters_in_the_reason) {
  EXPECT_FALSE(Write(200, {}, "OK\r\nX: y"));
  EXPECT_EQ(out_, "");
}

TEST_F(ResponseHeadTest, refuses_a_status_out_of_range) {
  for (const uint16_t status : {0, 99, 600, 1000}) Refused(status, {});
}

TEST_F(ResponseHeadTest, refuses_an_interim_status_as_the_final_one) {
  for (const uint16_t status : {100, 102, 103, 199}) Refused(status, {});
}

TEST_F(ResponseHeadTest, tunnels_after_101) {
  const auto plan =
      Write(101, {{"Upgrade", "websocket"}, {"Connection", "upgrade"}, {"Content-Length", "0"}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->framing, Framing::kTunnel);
  EXPECT_FALSE(plan->keep_alive);
  EXPECT_THAT(out_, HasSubstr("Upgrade: websocket\r\n"));
  EXPECT_THAT(out_, HasSubstr("Connection: Upgrade\r\n"));
  EXPECT_THAT(out_, Not(HasSubstr("Content-Length")));
}

TEST_F(ResponseHeadTest, refuses_101_without_upgrade_or_to_http_1_0) {
  Refused(101, {});
  context_.version_minor = 0;
  Refused(101, {{"Upgrade", "websocket"}});
}

TEST_F(ResponseHeadTest, lists_the_upgrade_that_426_asks_for) {
  ASSERT_TRUE(Write(426, {{"Upgrade", "websocket"}, {"Content-Length", "0"}}));
  EXPECT_THAT(out_, HasSubstr("Connection: keep-alive, Upgrade\r\n"));
}

TEST(InterimHead, writes_early_hints) {
  std::string out;
  ASSERT_TRUE(WriteInterimHead({103, "", {{"Link", "</a>; rel=preload"}}}, 1, out));
  EXPECT_EQ(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
}

TEST(InterimHead, writes_nothing_to_http_1_0) {
  std::string out;
  EXPECT_TRUE(WriteInterimHead({103, "", {}}, 0, out));
  EXPECT_EQ(out, "");
}

TEST(InterimHead, refuses_100_101_and_final_statuses) {
  std::string out;
  for (const uint16_t status : {99, 100, 101, 200, 404}) {
    EXPECT_FALSE(WriteInterimHead({status, "", {}}, 1, out)) << status;
  }
  EXPECT_EQ(out, "");
}

TEST(InterimHead, refuses_bad_fields) {
  std::string out;
  EXPECT_FALSE(WriteInterimHead({103, "", {{"X", "a\r\nb"}}}, 1, out));
  EXPECT_FALSE(WriteInterimHead({103, "", {{"Transfer-Encoding", "chunked"}}}, 1, out));
  EXPECT_EQ(out, "");
}

TEST(InterimHead, drops_a_length) {
  std::string out;
  ASSERT_TRUE(WriteInterimHead({103, "", {{"Content-Length", "0"}}}, 1, out));
  EXPECT_EQ(out, "HTTP/1.1 103 Early Hints\r\n\r\n");
}

}  // namespace
}  // namespace monoceros::router::http
