// SPDX-License-Identifier: Apache-2.0
#include "kube/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monoceros::kube {
namespace {

using testing::HasSubstr;

HttpResponse Answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(Response, a_success_is_its_json) {
  const auto json = Interpret(Answer(201, R"({"a":1})"), "POST /x");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ((*json)["a"], 1);
}

TEST(Response, a_status_object_is_an_error_with_its_reason) {
  const auto json = Interpret(
      Answer(409, R"({"kind":"Status","code":409,"reason":"Conflict","message":"changed since"})"),
      "PUT /x");
  ASSERT_FALSE(json.has_value());
  EXPECT_TRUE(json.error().IsConflict());
  EXPECT_EQ(json.error().message, "PUT /x: 409 Conflict: changed since");
}

TEST(Response, a_proxys_page_is_quoted_in_part) {
  const auto json = Interpret(Answer(502, "<html>bad gateway" + std::string(5000, '.')), "GET /x");
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().status, 502);
  EXPECT_THAT(json.error().message, HasSubstr("<html>bad gateway"));
  EXPECT_LT(json.error().message.size(), 300u);
}

TEST(Response, a_success_that_is_no_json_is_an_error) {
  const auto json = Interpret(Answer(200, "<html>log in</html>"), "GET /x");
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().status, 0);
}

TEST(Response, says_when_to_come_back) {
  const auto json = Interpret(
      Answer(429, R"({"kind":"Status","code":429,"details":{"retryAfterSeconds":7}})"), "GET /x");
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().retry_after, std::chrono::seconds(7));
}

}  // namespace
}  // namespace monoceros::kube
