// SPDX-License-Identifier: Apache-2.0
#include "kube/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace monoceros::kube {
namespace {

using std::chrono::seconds;

const SteadyTime kStart{seconds(1000)};

TEST(Credentials, read_a_token_file_again_after_60_seconds) {
  const TemporaryFolder folder;
  Access access;
  access.token_file = folder.Write("token", "first\n");
  Credentials credentials(access);
  EXPECT_EQ(*credentials.Authorization(kStart), "Bearer first");
  folder.Write("token", "second\n");
  EXPECT_EQ(*credentials.Authorization(kStart + seconds(59)), "Bearer first");
  EXPECT_EQ(*credentials.Authorization(kStart + seconds(60)), "Bearer second");
}

TEST(Credentials, keep_the_last_token_while_the_file_cannot_be_read) {
  const TemporaryFolder folder;
  Access access;
  access.token_file = folder.Write("token", "first");
  Credentials credentials(access);
  EXPECT_EQ(*credentials.Authorization(kStart), "Bearer first");
  folder.Remove("token");
  EXPECT_EQ(*credentials.Authorization(kStart + seconds(61)), "Bearer first");
  EXPECT_FALSE(credentials.Renew(kStart + seconds(62)));
}

TEST(Credentials, name_the_file_that_has_no_token) {
  Access access;
  access.token_file = "/nowhere/token";
  Credentials credentials(access);
  const auto authorization = credentials.Authorization(kStart);
  ASSERT_FALSE(authorization.has_value());
  EXPECT_THAT(authorization.error().message, testing::HasSubstr("/nowhere/token"));
}

TEST(Credentials, cannot_renew_a_token_that_is_no_file) {
  Access access;
  access.token = "fixed";
  Credentials credentials(access);
  EXPECT_EQ(*credentials.Authorization(kStart), "Bearer fixed");
  EXPECT_FALSE(credentials.Renew(kStart));
}

TEST(Credentials, are_empty_without_a_token) {
  Credentials credentials{Access()};
  EXPECT_EQ(*credentials.Authorization(kStart), "");
}

}  // namespace
}  // namespace monoceros::kube
