// SPDX-License-Identifier: Apache-2.0
#include "agent/token_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "temporary_folder.h"

namespace monoceros::agent {
namespace {

TEST(TokenFile, matches_the_token_without_the_white_space_at_its_end) {
  const TemporaryFolder folder;
  auto file = TokenFile::Open(folder.Write("token", "sesame \r\n\n"));
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->Matches("sesame"));
  EXPECT_FALSE(file->Matches("sesame "));
  EXPECT_FALSE(file->Matches("sesam"));
  EXPECT_FALSE(file->Matches(""));
}

TEST(TokenFile, follows_a_file_that_is_replaced) {
  const TemporaryFolder folder;
  auto file = TokenFile::Open(folder.Write("token", "old"));
  ASSERT_TRUE(file && file->Matches("old"));
  folder.Write("token", "new");
  EXPECT_TRUE(file->Matches("new"));
  EXPECT_FALSE(file->Matches("old"));
}

TEST(TokenFile, matches_nothing_while_the_file_is_gone_or_empty) {
  const TemporaryFolder folder;
  auto file = TokenFile::Open(folder.Write("token", "sesame"));
  ASSERT_TRUE(file);
  std::filesystem::remove(folder / "token");
  EXPECT_FALSE(file->Matches("sesame"));
  folder.Write("token", "  \n");
  EXPECT_FALSE(file->Matches(""));
  EXPECT_FALSE(file->Matches("sesame"));
  folder.Write("token", "sesame");
  EXPECT_TRUE(file->Matches("sesame"));
}

TEST(TokenFile, says_what_is_wrong_with_a_file_that_holds_no_token) {
  const TemporaryFolder folder;
  const auto missing = TokenFile::Open(folder / "none");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
  const auto empty = TokenFile::Open(folder.Write("token", "\n"));
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().message.find("it holds no token"), std::string::npos);
  EXPECT_FALSE(TokenFile::Open(folder.Write("token", std::string(5000, 'x'))));
}

}  // namespace
}  // namespace monoceros::agent
