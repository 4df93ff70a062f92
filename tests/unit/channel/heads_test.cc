// SPDX-License-Identifier: Apache-2.0
#include "channel/heads.h"

#include <gtest/gtest.h>

#include <random>

namespace monoceros::channel {
namespace {

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

RequestHead FullRequest() {
  RequestHead head;
  head.method = "POST";
  head.target = "/a%20b?x=1";
  head.path = "/a%20b";
  head.query = "x=1";
  head.scheme = "https";
  head.remote_address = "2001:db8::1";
  head.server_address = "192.0.2.7";
  head.remote_port = 65535;
  head.server_port = 443;
  head.version_minor = 0;
  head.has_body = true;
  head.content_length = 1'000'000'000'000;
  head.fields = {{"Host", "example"}, {"X-Empty", ""}, {"Cookie", "a=1"}, {"Cookie", "b=2"}};
  return head;
}

bool Same(const std::vector<Field>& left, const std::vector<Field>& right) {
  return std::equal(
      left.begin(), left.end(), right.begin(), right.end(),
      [](const Field& a, const Field& b) { return a.name == b.name && a.value == b.value; });
}

TEST(Heads, request_survives_encoding) {
  const RequestHead head = FullRequest();
  std::string bytes;
  Encode(head, bytes);
  RequestHead copy;
  ASSERT_TRUE(Decode(Bytes(bytes), copy));
  EXPECT_EQ(copy.method, head.method);
  EXPECT_EQ(copy.target, head.target);
  EXPECT_EQ(copy.path, head.path);
  EXPECT_EQ(copy.query, head.query);
  EXPECT_EQ(copy.scheme, head.scheme);
  EXPECT_EQ(copy.remote_address, head.remote_address);
  EXPECT_EQ(copy.server_address, head.server_address);
  EXPECT_EQ(copy.remote_port, head.remote_port);
  EXPECT_EQ(copy.server_port, head.server_port);
  EXPECT_EQ(copy.version_minor, head.version_minor);
  EXPECT_EQ(copy.has_body, head.has_body);
  EXPECT_EQ(copy.content_length, head.content_length);
  EXPECT_TRUE(Same(copy.fields, head.fields));
}

TEST(Heads, absent_length_differs_from_zero) {
  RequestHead head, copy = FullRequest();
  std::string bytes;
  Encode(head, bytes);
  ASSERT_TRUE(Decode(Bytes(bytes), copy));
  EXPECT_FALSE(copy.content_length.has_value());
  EXPECT_FALSE(copy.has_body);
  EXPECT_TRUE(copy.fields.empty());
  head.content_length = 0;
  bytes.clear();
  Encode(head, bytes);
  ASSERT_TRUE(Decode(Bytes(bytes), copy));
  EXPECT_EQ(copy.content_length, 0U);
}

TEST(Heads, response_survives_encoding) {
  ResponseHead head, copy;
  head.status = 404;
  head.reason = "Not Found";
  head.fields = {{"Content-Type", "text/plain"}, {"Set-Cookie", "a"}, {"Set-Cookie", "b"}};
  std::string bytes;
  Encode(head, bytes);
  ASSERT_TRUE(Decode(Bytes(bytes), copy));
  EXPECT_EQ(copy.status, 404);
  EXPECT_EQ(copy.reason, "Not Found");
  EXPECT_TRUE(Same(copy.fields, head.fields));
}

TEST(Heads, trailers_survive_encoding) {
  const std::vector<Field> fields = {{"Digest", "x"}, {"", ""}};
  std::string bytes;
  EncodeFields(fields, bytes);
  std::vector<Field> copy;
  ASSERT_TRUE(DecodeFields(Bytes(bytes), copy));
  EXPECT_TRUE(Same(copy, fields));
}

TEST(Heads, every_truncation_is_refused) {
  std::string bytes;
  Encode(FullRequest(), bytes);
  RequestHead head;
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(Decode(Bytes(bytes).first(length), head)) << length;
  }
}

TEST(Heads, bytes_after_the_end_are_refused) {
  std::string bytes;
  Encode(FullRequest(), bytes);
  bytes += '\0';
  RequestHead head;
  EXPECT_FALSE(Decode(Bytes(bytes), head));
}

TEST(Heads, a_field_count_beyond_the_buffer_allocates_nothing) {
  const std::string bytes = "\xff\xff\xff\xff";
  std::vector<Field> fields;
  EXPECT_FALSE(DecodeFields(Bytes(bytes), fields));
  EXPECT_LT(fields.capacity(), 16U);
}

TEST(Heads, damaged_bytes_never_give_views_outside_the_buffer) {
  std::string original;
  Encode(FullRequest(), original);
  std::mt19937 random(7);
  const auto inside = [](const std::string& bytes, std::string_view view) {
    return view.empty() || (view.data() >= bytes.data() &&
                            view.data() + view.size() <= bytes.data() + bytes.size());
  };
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = original;
    for (int change = 0; change < 3; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    RequestHead head;
    if (!Decode(Bytes(bytes), head)) continue;
    EXPECT_TRUE(inside(bytes, head.target));
    for (const Field& field : head.fields) {
      EXPECT_TRUE(inside(bytes, field.name) && inside(bytes, field.value));
    }
  }
}

}  // namespace
}  // namespace monoceros::channel
