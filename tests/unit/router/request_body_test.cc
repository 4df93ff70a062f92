// SPDX-License-Identifier: Apache-2.0
#include "router/net/request_body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace monoceros::router {
namespace {

constexpr uint64_t kMiB = 1 << 20;

struct RequestBodyTest : testing::Test {
  Budgets budgets{Budget(64 * kMiB), Budget(256 * kMiB)};
  std::string directory = testing::TempDir();
};

std::string Contents(int fd, size_t size) {
  std::string bytes(size, '\0');
  EXPECT_EQ(::pread(fd, bytes.data(), size, 0), static_cast<ssize_t>(size));
  return bytes;
}

TEST_F(RequestBodyTest, stays_in_memory_up_to_its_share) {
  RequestBody body(budgets);
  ASSERT_TRUE(body.Append(std::string(1000, 'a'), 1000, directory));
  EXPECT_FALSE(body.spooled());
  EXPECT_EQ(body.memory(), std::string(1000, 'a'));
  EXPECT_GE(budgets.memory.used(), 1000U);
}

TEST_F(RequestBodyTest, moves_to_a_file_above_its_share_and_keeps_every_byte) {
  RequestBody body(budgets);
  ASSERT_TRUE(body.Append(std::string(900, 'a'), 1000, directory));
  ASSERT_TRUE(body.Append(std::string(200, 'b'), 1000, directory));
  ASSERT_TRUE(body.spooled());
  EXPECT_EQ(body.size(), 1100U);
  EXPECT_EQ(Contents(body.fd(), 1100), std::string(900, 'a') + std::string(200, 'b'));
  EXPECT_EQ(budgets.memory.used(), 0U);
  EXPECT_EQ(budgets.spool.used(), 1100U);
}

TEST_F(RequestBodyTest, goes_to_a_file_early_when_memory_is_scarce) {
  budgets.memory.Add(33 * kMiB);
  RequestBody body(budgets);
  ASSERT_TRUE(body.Append(std::string(32 * 1024, 'a'), kMiB, directory));
  EXPECT_TRUE(body.spooled());
}

TEST_F(RequestBodyTest, gives_everything_back_when_it_is_cleared) {
  RequestBody body(budgets);
  ASSERT_TRUE(body.Append(std::string(900, 'a'), 100, directory));
  body.Clear();
  EXPECT_EQ(body.size(), 0U);
  EXPECT_EQ(budgets.memory.used() + budgets.spool.used(), 0U);
}

TEST_F(RequestBodyTest, says_which_directory_cannot_be_written) {
  RequestBody body(budgets);
  const auto kept = body.Append("x", 0, "/nonexistent/spool");
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().message.find("/nonexistent/spool"), std::string::npos);
}

TEST_F(RequestBodyTest, reports_a_full_disk_as_an_error) {
  SpoolFile file(budgets.spool);
  ASSERT_TRUE(file.Append(directory, "x"));
  const base::Fd full(::open("/dev/full", O_WRONLY));
  ASSERT_GE(::dup2(full.get(), file.fd()), 0);
  const auto kept = file.Append(directory, "y");
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().message.find("No space left"), std::string::npos);
  EXPECT_EQ(file.end(), 1U);
}

}  // namespace
}  // namespace monoceros::router
