// SPDX-License-Identifier: Apache-2.0
#include "agent/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace monoceros::agent {
namespace {

using testing::ElementsAre;
using enum Decision;
using enum Right;

class AccessTest : public testing::Test {
 protected:
  Credentials Open(bool read, bool change, const std::string& read_names = "",
                   const std::string& change_names = "") const {
    config::Settings settings;
    if (read) settings.control_read_token_file = folder_.Write("read", "look");
    if (change) settings.control_change_token_file = folder_.Write("change", "act");
    settings.control_read_sans = read_names;
    settings.control_change_sans = change_names;
    return std::move(*Credentials::Open(settings));
  }

  TemporaryFolder folder_;
};

TEST_F(AccessTest, lets_everybody_in_who_reaches_the_unix_socket) {
  const Credentials credentials = Open(true, true);
  const Access access(Access::Policy::kLocal, credentials);
  EXPECT_EQ(access.Judge(kRead, {}), kAllowed);
  EXPECT_EQ(access.Judge(kChange, {}), kAllowed);
}

TEST_F(AccessTest, leaves_loopback_open_only_without_credentials) {
  const Credentials none = Open(false, false);
  const Credentials read_only = Open(true, false);
  const Credentials change_only = Open(false, true);
  EXPECT_EQ(Access(Access::Policy::kLoopback, none).Judge(kChange, {}), kAllowed);
  EXPECT_EQ(Access(Access::Policy::kLoopback, read_only).Judge(kRead, {}), kUnauthenticated);
  EXPECT_EQ(Access(Access::Policy::kLoopback, read_only).Judge(kChange, {}), kUnauthenticated);
  EXPECT_EQ(Access(Access::Policy::kLoopback, change_only).Judge(kRead, {}), kAllowed);
  EXPECT_EQ(Access(Access::Policy::kLoopback, change_only).Judge(kChange, {}), kUnauthenticated);
}

TEST_F(AccessTest, never_opens_changes_beyond_loopback) {
  const Credentials none = Open(false, false);
  EXPECT_EQ(Access(Access::Policy::kOpenRead, none).Judge(kRead, {}), kAllowed);
  EXPECT_EQ(Access(Access::Policy::kOpenRead, none).Judge(kChange, {}), kUnauthenticated);
  EXPECT_EQ(Access(Access::Policy::kClosed, none).Judge(kRead, {}), kUnauthenticated);
  const Credentials read_only = Open(true, false);
  EXPECT_EQ(Access(Access::Policy::kOpenRead, read_only).Judge(kRead, {}), kUnauthenticated);
}

TEST_F(AccessTest, knows_a_token_that_may_look_from_one_that_may_change) {
  const Credentials both = Open(true, true);
  const Access access(Access::Policy::kClosed, both);
  EXPECT_EQ(access.Judge(kRead, {.token = "look"}), kAllowed);
  EXPECT_EQ(access.Judge(kChange, {.token = "look"}), kDenied);
  EXPECT_EQ(access.Judge(kRead, {.token = "act"}), kAllowed);
  EXPECT_EQ(access.Judge(kChange, {.token = "act"}), kAllowed);
  EXPECT_EQ(access.Judge(kRead, {.token = "other"}), kUnauthenticated);
}

TEST_F(AccessTest, knows_the_names_of_certificates) {
  const Credentials names = Open(false, false, "dashboard.example, look.example", "ops.example");
  const Access access(Access::Policy::kClosed, names);
  EXPECT_EQ(access.Judge(kRead, {.names = {"x.example", "look.example"}}), kAllowed);
  EXPECT_EQ(access.Judge(kChange, {.names = {"look.example"}}), kDenied);
  EXPECT_EQ(access.Judge(kChange, {.names = {"ops.example"}}), kAllowed);
  EXPECT_EQ(access.Judge(kRead, {.names = {"ops.example.evil"}}), kDenied);
}

TEST_F(AccessTest, names_the_setting_whose_file_cannot_be_used) {
  config::Settings settings;
  settings.control_change_token_file = folder_ / "none";
  const auto credentials = Credentials::Open(settings);
  ASSERT_FALSE(credentials);
  EXPECT_NE(credentials.error().message.find("control_change_token_file: "), std::string::npos);
}

TEST(SplitNames, leaves_out_blanks_and_empty_names) {
  EXPECT_THAT(SplitNames(" a.example ,,b.example,"), ElementsAre("a.example", "b.example"));
  EXPECT_THAT(SplitNames("  "), ElementsAre());
}

TEST(BearerToken, takes_the_token_of_that_scheme_only) {
  EXPECT_EQ(BearerToken("Bearer sesame"), "sesame");
  EXPECT_EQ(BearerToken("bearer   sesame"), "sesame");
  EXPECT_EQ(BearerToken("Basic sesame"), "");
  EXPECT_EQ(BearerToken("Bearer"), "");
  EXPECT_EQ(BearerToken("Bearer "), "");
}

}  // namespace
}  // namespace monoceros::agent
