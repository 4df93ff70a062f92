// SPDX-License-Identifier: Apache-2.0
#include "worker/http/response_fields.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace monoceros::http {
namespace {

using Verdict = ResponseFields::Verdict;

std::vector<channel::Field> Encoded(ResponseFields& fields, std::string& bytes) {
  fields.Encode(200, {}, bytes);
  channel::ResponseHead head;
  EXPECT_TRUE(channel::Decode(std::as_bytes(std::span(bytes)), head));
  return head.fields;
}

TEST(ResponseFields, encodes_what_it_was_given_in_that_order) {
  ResponseFields fields;
  EXPECT_EQ(fields.Add({"b", "1"}), Verdict::kGood);
  EXPECT_EQ(fields.Add({"A", ""}), Verdict::kGood);
  std::string bytes;
  const auto sent = Encoded(fields, bytes);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].name, "b");
  EXPECT_EQ(sent[1].name, "A");
}

TEST(ResponseFields, refuses_what_would_end_a_line_or_a_name) {
  ResponseFields fields;
  for (const char* name : {"", "a b", "a:", "a\r\n", "\xc3\xa9"}) {
    EXPECT_EQ(fields.Add({name, "1"}), Verdict::kBadName) << name;
  }
  for (const std::string& value :
       std::vector<std::string>{"a\r\nb: c", "\n", "\x7f", std::string(1, 0)}) {
    EXPECT_EQ(fields.Add({"a", value}), Verdict::kBadValue) << value;
  }
  EXPECT_EQ(fields.Add({"a", "tab\tand \xe9"}), Verdict::kGood);
}

TEST(ResponseFields, leaves_out_what_is_the_servers_business) {
  ResponseFields fields;
  for (const char* name : {"Transfer-Encoding", "keep-alive", "Upgrade", "TE", "connection"}) {
    EXPECT_EQ(fields.Add({name, "x"}), Verdict::kGood) << name;
  }
  std::string bytes;
  EXPECT_TRUE(Encoded(fields, bytes).empty());
  EXPECT_EQ(fields.Add({"Connection", "Close"}), Verdict::kGood);
  EXPECT_EQ(fields.Add({"connection", "close"}), Verdict::kGood);
}

TEST(ResponseFields, knows_one_length) {
  ResponseFields fields;
  EXPECT_EQ(fields.Add({"Content-Length", "12"}), Verdict::kGood);
  EXPECT_EQ(fields.Add({"content-length", "12"}), Verdict::kGood);
  EXPECT_EQ(fields.content_length(), 12U);
  std::string bytes;
  EXPECT_EQ(Encoded(fields, bytes).size(), 1U);
  for (const char* text : {"13", "", "-1", "12 ", "0x1", "99999999999999999999"}) {
    EXPECT_EQ(fields.Add({"Content-Length", text}), Verdict::kBadLength) << text;
  }
  fields.Clear();
  EXPECT_FALSE(fields.content_length());
}

}  // namespace
}  // namespace monoceros::http
