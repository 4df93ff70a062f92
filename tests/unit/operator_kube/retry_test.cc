// SPDX-License-Identifier: Apache-2.0
#include "kube/retry.h"

#include <gtest/gtest.h>

namespace monoceros::kube {
namespace {

using std::chrono::seconds;

HttpResponse Answer(int status, std::optional<seconds> retry_after) {
  HttpResponse response;
  response.status = status;
  response.retry_after = retry_after;
  return response;
}

TEST(Retry, waits_as_long_as_the_server_asked) {
  EXPECT_EQ(RetryDelay(Answer(429, seconds(3)), 0), seconds(3));
  EXPECT_EQ(RetryDelay(Answer(503, seconds(1)), 9), seconds(1));
}

TEST(Retry, ends_after_ten) { EXPECT_EQ(RetryDelay(Answer(429, seconds(1)), 10), std::nullopt); }

TEST(Retry, leaves_alone_what_the_server_did_not_ask_to_repeat) {
  EXPECT_EQ(RetryDelay(Answer(500, std::nullopt), 0), std::nullopt);
  EXPECT_EQ(RetryDelay(Answer(409, seconds(1)), 0), std::nullopt);
  EXPECT_EQ(RetryDelay(Answer(200, seconds(1)), 0), std::nullopt);
}

}  // namespace
}  // namespace monoceros::kube
