// SPDX-License-Identifier: Apache-2.0
#include "router/http/request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace monoceros::router::http {
namespace {

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: b\r\n\r\n";

class RequestParserTest : public testing::Test {
 protected:
  ParseEvent Parse(std::string_view input) { return parser_.Parse(input, consumed_); }

  RequestParser parser_{Limits{}};
  size_t consumed_ = 0;
};

TEST_F(RequestParserTest, consumes_nothing_while_the_head_is_incomplete) {
  for (size_t length = 0; length < kGet.size(); ++length) {
    ASSERT_EQ(Parse(kGet.substr(0, length)), ParseEvent::kNeedMore) << length;
    ASSERT_EQ(consumed_, 0u);
    ASSERT_EQ(parser_.in_message(), length > 0);
  }
  EXPECT_EQ(Parse(kGet), ParseEvent::kHead);
  EXPECT_EQ(consumed_, kGet.size());
}

TEST_F(RequestParserTest, accepts_a_buffer_that_moved_and_grew) {
  const std::string first(kGet.substr(0, 20));
  ASSERT_EQ(Parse(first), ParseEvent::kNeedMore);
  const std::string second(kGet);
  ASSERT_EQ(Parse(second), ParseEvent::kHead);
  const ParsedHead& head = parser_.head();
  EXPECT_EQ(second.substr(head.path_offset, head.path_length), "/a");
  ASSERT_EQ(head.fields.size(), 1u);
  EXPECT_EQ(second.substr(head.fields[0].value_offset, head.fields[0].value_length), "b");
}

TEST_F(RequestParserTest, stops_at_the_end_of_the_head) {
  const std::string two = std::string(kGet) + std::string(kGet);
  ASSERT_EQ(Parse(two), ParseEvent::kHead);
  EXPECT_EQ(consumed_, kGet.size());
  ASSERT_EQ(Parse(kGet), ParseEvent::kComplete);
  EXPECT_EQ(consumed_, 0u);
}

TEST_F(RequestParserTest, completes_a_request_without_body_with_no_input) {
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  EXPECT_EQ(Parse(""), ParseEvent::kComplete);
  EXPECT_FALSE(parser_.in_message());
}

TEST_F(RequestParserTest, stays_complete_until_reset) {
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  ASSERT_EQ(Parse(""), ParseEvent::kComplete);
  EXPECT_EQ(Parse(kGet), ParseEvent::kComplete);
  EXPECT_EQ(consumed_, 0u);
  parser_.Reset();
  EXPECT_EQ(Parse(kGet), ParseEvent::kHead);
}

TEST_F(RequestParserTest, drops_empty_lines_before_a_request_that_has_not_begun) {
  ASSERT_EQ(Parse("\r\n"), ParseEvent::kNeedMore);
  EXPECT_EQ(consumed_, 2u);
  EXPECT_FALSE(parser_.in_message());
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  EXPECT_EQ(parser_.head().method_offset, 0u);
}

TEST_F(RequestParserTest, counts_empty_lines_over_all_calls) {
  for (int i = 0; i < 4; ++i) ASSERT_EQ(Parse("\r\n"), ParseEvent::kNeedMore);
  EXPECT_EQ(Parse("\r\n"), ParseEvent::kError);
}

TEST_F(RequestParserTest, hands_out_the_body_in_place) {
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n"), ParseEvent::kHead);
  const std::string input = "abcdefg";
  ASSERT_EQ(Parse(input), ParseEvent::kBody);
  EXPECT_EQ(parser_.body(), "abcde");
  EXPECT_EQ(parser_.body().data(), input.data());
  EXPECT_EQ(consumed_, 5u);
  EXPECT_EQ(Parse("fg"), ParseEvent::kComplete);
}

TEST_F(RequestParserTest, needs_more_without_input_in_a_body) {
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n"), ParseEvent::kHead);
  EXPECT_EQ(Parse(""), ParseEvent::kNeedMore);
  EXPECT_EQ(consumed_, 0u);
}

TEST_F(RequestParserTest, gives_one_piece_of_a_chunked_body_a_call) {
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ParseEvent::kHead);
  std::string_view input = "1\r\na\r\n2\r\nbc\r\n0\r\nX: d\r\n\r\nGET";
  ASSERT_EQ(Parse(input), ParseEvent::kBody);
  EXPECT_EQ(parser_.body(), "a");
  input.remove_prefix(consumed_);
  ASSERT_EQ(Parse(input), ParseEvent::kBody);
  EXPECT_EQ(parser_.body(), "bc");
  input.remove_prefix(consumed_);
  ASSERT_EQ(Parse(input), ParseEvent::kComplete);
  EXPECT_EQ(input.substr(consumed_), "GET");
  ASSERT_EQ(parser_.trailers().size(), 1u);
  EXPECT_EQ(parser_.trailers()[0].second, "d");
}

TEST_F(RequestParserTest, stays_refused) {
  ASSERT_EQ(Parse("\x01"), ParseEvent::kError);
  EXPECT_EQ(parser_.error().status, 400);
  EXPECT_EQ(Parse(kGet), ParseEvent::kError);
  EXPECT_EQ(consumed_, 0u);
}

TEST_F(RequestParserTest, serves_a_connection_after_a_reset_as_if_new) {
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n"
                  "X_A: b\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"),
            ParseEvent::kHead);
  ASSERT_EQ(Parse("0\r\nX: d\r\n\r\n"), ParseEvent::kComplete);
  parser_.Reset();
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  EXPECT_TRUE(parser_.head().keep_alive);
  EXPECT_FALSE(parser_.head().chunked);
  EXPECT_FALSE(parser_.head().expect_continue);
  EXPECT_EQ(parser_.head().fields.size(), 1u);
  ASSERT_EQ(Parse(""), ParseEvent::kComplete);
  EXPECT_TRUE(parser_.trailers().empty());
}

TEST_F(RequestParserTest, is_between_messages_after_a_reset) {
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  ASSERT_EQ(Parse(""), ParseEvent::kComplete);
  parser_.Reset();
  EXPECT_FALSE(parser_.in_message());
  ASSERT_EQ(Parse("\r\n"), ParseEvent::kNeedMore);
  EXPECT_FALSE(parser_.in_message());
  ASSERT_EQ(Parse("G"), ParseEvent::kNeedMore);
  EXPECT_TRUE(parser_.in_message());
}

TEST_F(RequestParserTest, keeps_the_capacity_of_its_vectors_over_a_reset) {
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  const FieldSpan* storage = parser_.head().fields.data();
  parser_.Reset();
  ASSERT_EQ(Parse(kGet), ParseEvent::kHead);
  EXPECT_EQ(parser_.head().fields.data(), storage);
}

TEST_F(RequestParserTest, refuses_a_head_that_is_too_long_altogether) {
  RequestParser parser(Limits{.fields = 0, .field_size = 0});
  std::string head = "GET / HTTP/1.1\r\nHost: b\r\n";
  while (head.size() < (1 << 20)) head += "X-A: " + std::string(60000, 'b') + "\r\n";
  EXPECT_EQ(parser.Parse(head + "\r\n", consumed_), ParseEvent::kError);
  EXPECT_EQ(parser.error().status, 431);
}

}  // namespace
}  // namespace monoceros::router::http
