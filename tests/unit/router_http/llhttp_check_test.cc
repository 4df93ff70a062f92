// SPDX-License-Identifier: Apache-2.0
#include "router/http/llhttp_check.h"

#include <gtest/gtest.h>

#include <string>

namespace monoceros::router::http {
namespace {

class LlhttpCheckTest : public testing::Test {
 protected:
  // Whether it agrees with a policy that saw `expected` in a GET with these fields.
  bool Agrees(const std::string& fields, ParsedHead expected) {
    expected.method_length = 3;
    check_.Reset();
    return !check_.CheckHead("GET / HTTP/1.1\r\n" + fields + "\r\n", expected);
  }

  LlhttpCheck check_;
};

TEST_F(LlhttpCheckTest, agrees_on_every_framing) {
  EXPECT_TRUE(Agrees("", {}));
  EXPECT_TRUE(Agrees("Content-Length: 0\r\n", {.content_length = 0}));
  EXPECT_TRUE(Agrees("Content-Length: 5\r\n", {.content_length = 5}));
  EXPECT_TRUE(Agrees("Transfer-Encoding: chunked\r\n", {.chunked = true}));
}

TEST_F(LlhttpCheckTest, disagrees_when_it_sees_another_framing) {
  EXPECT_FALSE(Agrees("", {.content_length = 5}));
  EXPECT_FALSE(Agrees("", {.chunked = true}));
  EXPECT_FALSE(Agrees("Content-Length: 5\r\n", {}));
  EXPECT_FALSE(Agrees("Content-Length: 5\r\n", {.content_length = 6}));
  EXPECT_FALSE(Agrees("Content-Length: 5\r\n", {.chunked = true}));
  EXPECT_FALSE(Agrees("Transfer-Encoding: chunked\r\n", {}));
}

TEST_F(LlhttpCheckTest, disagrees_with_a_lenient_policy) {
  EXPECT_FALSE(Agrees("Content-Length: +5\r\n", {.content_length = 5}));
  EXPECT_FALSE(Agrees("X-A : b\r\n", {}));
  EXPECT_FALSE(Agrees("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", {.chunked = true}));
}

TEST_F(LlhttpCheckTest, has_its_own_view_of_chunks_and_of_the_end) {
  ASSERT_TRUE(Agrees("Transfer-Encoding: chunked\r\n", {.chunked = true}));
  EXPECT_FALSE(check_.Feed("1\r\na"));
  EXPECT_TRUE(check_.CheckComplete());
  EXPECT_FALSE(check_.Feed("\r\n0\r\n\r\n"));
  EXPECT_FALSE(check_.CheckComplete());
  ASSERT_TRUE(Agrees("Transfer-Encoding: chunked\r\n", {.chunked = true}));
  EXPECT_TRUE(check_.Feed("x\r\n"));
}

TEST_F(LlhttpCheckTest, goes_on_after_a_request_that_offers_an_upgrade) {
  EXPECT_TRUE(Agrees("Connection: upgrade\r\nUpgrade: h2c\r\n", {.upgrade = true}));
  EXPECT_FALSE(check_.CheckComplete());
  EXPECT_TRUE(Agrees("", {}));
}

}  // namespace
}  // namespace monoceros::router::http
