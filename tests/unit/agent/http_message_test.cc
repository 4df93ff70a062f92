// SPDX-License-Identifier: Apache-2.0
#include "agent/http_message.h"

#include <gtest/gtest.h>

namespace monoceros::agent {
namespace {

TEST(ParseTarget, decodes_path_and_query) {
  HttpRequest request;
  ASSERT_TRUE(ParseTarget("/api%2Fx?slot=3&note=a+b%21&slot=4&&flag", request));
  EXPECT_EQ(request.path, "/api/x");
  EXPECT_EQ(request.query["slot"], "3");
  EXPECT_EQ(request.query["note"], "a b!");
  EXPECT_FALSE(request.Asks("flag"));
  EXPECT_TRUE(request.Asks("slot"));
}

TEST(ParseTarget, refuses_malformed_targets) {
  for (const char* target : {"", "*", "http://x/", "/%", "/%2", "/%zz", "/?a=%4"}) {
    HttpRequest request;
    EXPECT_FALSE(ParseTarget(target, request)) << target;
  }
}

TEST(ErrorResponse, says_code_and_message_as_json) {
  const HttpResponse response = ErrorResponse("failed_precondition", "it \"drains\"");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.body,
            "{\"code\":\"failed_precondition\",\"message\":\"it \\\"drains\\\"\"}\n");
  EXPECT_EQ(ErrorResponse("no such code", "").status, 500);
}

}  // namespace
}  // namespace monoceros::agent
