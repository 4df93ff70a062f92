// SPDX-License-Identifier: Apache-2.0
#include "agent/pool_view.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/pool_watch.h"
#include "temporary_folder.h"

namespace monoceros::agent {
namespace {

namespace fs = std::filesystem;

// A run directory whose generations the test makes.
class PoolViewTest : public testing::Test {
 protected:
  scoreboard::Scoreboard Generation(const std::string& name, int64_t started_at) {
    fs::create_directory(folder_ / name);
    const base::Fd file(
        ::open((folder_ / (name + "/scoreboard")).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    EXPECT_TRUE(scoreboard::Scoreboard::Format(file, 2, 4));
    auto board = scoreboard::Scoreboard::Open(file, true);
    board->header().master_started_at = started_at;
    Point(name);
    return std::move(*board);
  }

  void Point(const std::string& name) {
    fs::remove(folder_ / "current");
    fs::create_symlink(name, folder_ / "current");
  }

  std::string ErrorOf(PoolView& view) {
    const auto read = view.Read();
    return read ? "" : read.error().message;
  }

  TemporaryFolder folder_;
};

TEST_F(PoolViewTest, waits_for_a_server_and_follows_the_next_one) {
  PoolView view(folder_.path());
  EXPECT_EQ(ErrorOf(view), "no server runs in " + folder_.path());
  const auto first = Generation("gen-1", 11);
  EXPECT_EQ(view.Read()->header.master_started_at, 11);
  fs::remove_all(folder_ / "gen-1");
  EXPECT_EQ(ErrorOf(view), "no server runs in " + folder_.path());
  // The same name, another file.
  const auto second = Generation("gen-1", 22);
  EXPECT_EQ(view.Read()->header.master_started_at, 22);
  const auto third = Generation("gen-2", 33);
  EXPECT_EQ(view.Read()->header.master_started_at, 33);
}

TEST_F(PoolViewTest, refuses_a_foreign_scoreboard_and_says_why) {
  fs::create_directory(folder_ / "gen-1");
  Point("gen-1");
  PoolView view(folder_.path());
  std::ofstream(folder_ / "gen-1/scoreboard") << std::string(20'000, 'x');
  EXPECT_NE(ErrorOf(view).find("not a scoreboard"), std::string::npos);
  fs::remove(folder_ / "gen-1/scoreboard");
  ASSERT_EQ(::mkfifo((folder_ / "gen-1/scoreboard").c_str(), 0600), 0);
  EXPECT_NE(ErrorOf(view).find("is not a file"), std::string::npos);
}

TEST_F(PoolViewTest, survives_a_scoreboard_that_is_truncated_under_it) {
  const auto board = Generation("gen-1", 11);
  PoolView view(folder_.path());
  ASSERT_TRUE(view.Read());
  fs::resize_file(folder_ / "gen-1/scoreboard", 100);
  EXPECT_NE(ErrorOf(view).find("truncated"), std::string::npos);
  fs::resize_file(folder_ / "gen-1/scoreboard", 8200);
  EXPECT_FALSE(view.Read());
}

TEST_F(PoolViewTest, compares_only_snapshots_of_one_master) {
  PoolWatch watch(folder_.path());
  EXPECT_FALSE(watch.Sample());
  {
    const auto board = Generation("gen-1", 11);
    ASSERT_TRUE(watch.Tick());
    const auto sample = watch.Sample();
    ASSERT_TRUE(sample);
    EXPECT_LT(sample->second_ago->taken_at, sample->now->taken_at);
  }
  const auto board = Generation("gen-2", 22);
  const auto sample = watch.Sample();
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->second_ago, sample->now);
  EXPECT_EQ(sample->window, sample->now);
}

}  // namespace
}  // namespace monoceros::agent
