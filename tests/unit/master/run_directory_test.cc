// SPDX-License-Identifier: Apache-2.0
#include "master/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string_view>

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class NoSink final : public base::LogSink {
 public:
  void Write(std::string_view) override {}
};

class RunDirectoryTest : public testing::Test {
 protected:
  ~RunDirectoryTest() override { fs::remove_all(path_.parent_path()); }
  base::Result<RunDirectory> Open() { return RunDirectory::Open(path_.string(), "x", log_); }

  NoSink sink_;
  base::Logger log_{sink_, base::LogLevel::kCritical, false, "test"};
  fs::path path_ =
      fs::path(testing::TempDir()) / ("run_directory_test" + std::to_string(::getpid())) / "run";
};

TEST_F(RunDirectoryTest, is_made_with_its_parents_and_removed_again) {
  {
    const auto directory = Open();
    ASSERT_TRUE(directory) << directory.error().message;
    EXPECT_TRUE(fs::is_directory(path_ / "gen-1"));
    ASSERT_TRUE(directory->Publish());
    EXPECT_EQ(fs::read_symlink(path_ / "current"), "gen-1");
  }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(RunDirectoryTest, belongs_to_one_server_at_a_time) {
  const auto first = Open();
  ASSERT_TRUE(first);
  const auto second = Open();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another server runs in " + path_.string()));
}

TEST_F(RunDirectoryTest, of_a_dead_server_is_taken_over) {
  fs::create_directories(path_ / "gen-41");
  fs::create_directories(path_ / "gen-x");
  fs::create_symlink("gen-41", path_ / "current");
  const auto directory = Open();
  ASSERT_TRUE(directory);
  EXPECT_FALSE(fs::exists(path_ / "gen-41"));
  EXPECT_TRUE(fs::exists(path_ / "gen-x"));
  ASSERT_TRUE(directory->Publish());
  EXPECT_EQ(fs::read_symlink(path_ / "current"), "gen-42");
}

TEST_F(RunDirectoryTest, that_was_there_before_stays) {
  fs::create_directories(path_);
  {
    ASSERT_TRUE(Open());
  }
  EXPECT_TRUE(fs::is_empty(path_));
}

TEST_F(RunDirectoryTest, holds_sockets_whose_path_is_too_long_for_a_name) {
  path_ = path_.parent_path() / std::string(150, 'x');
  const auto directory = Open();
  ASSERT_TRUE(directory) << directory.error().message;
  const auto socket = directory->Listen("master.sock");
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_TRUE(fs::is_socket(path_ / "gen-1" / "master.sock"));
  EXPECT_EQ(fs::status(path_ / "gen-1" / "master.sock").permissions(), fs::perms(0660));
}

TEST(NameOfBinds, is_short_and_always_the_same) {
  EXPECT_EQ(NameOfBinds("").size(), 12u);
  EXPECT_EQ(NameOfBinds("a"), "dc4c8601ec8c");
  EXPECT_NE(NameOfBinds("http://127.0.0.1:8000"), NameOfBinds("http://127.0.0.1:8001"));
}

}  // namespace
}  // namespace monoceros::master
