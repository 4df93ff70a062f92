// SPDX-License-Identifier: Apache-2.0
#include "master/live_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string ParseError(const std::string& text) {
  const auto content = ParseLiveFile(text, "live.yaml");
  return content ? "accepted" : content.error().message;
}

TEST(LiveFile, reads_everything_that_may_be_in_it) {
  const auto content = ParseLiveFile(
      "workers: 4\nthreads: 2\nworker_class: gthread\nliveRevision: 9\n"
      "settings:\n  timeout: 10s\n  max_body: 1M\n",
      "live.yaml");
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->revision, 9u);
  EXPECT_EQ(content->change.workers, "4");
  EXPECT_EQ(content->change.threads, "2");
  EXPECT_EQ(content->change.worker_class, "gthread");
  EXPECT_EQ(content->change.settings.at("timeout"), "10s");
  EXPECT_EQ(content->change.settings.at("max_body"), "1M");
}

TEST(LiveFile, an_empty_one_changes_nothing) {
  EXPECT_TRUE(ParseLiveFile("", "live.yaml")->change.empty());
}

TEST(LiveFile, says_what_is_wrong_and_where) {
  EXPECT_THAT(ParseError("a: [\n"), HasSubstr("live.yaml line"));
  EXPECT_THAT(ParseError("- a\n"), HasSubstr("live.yaml: a mapping is expected"));
  EXPECT_THAT(ParseError("worker: 3\n"), HasSubstr("worker: only workers, threads"));
  EXPECT_THAT(ParseError("\nworkers: [3]\n"), HasSubstr("live.yaml line 2: workers"));
  EXPECT_THAT(ParseError("liveRevision: next\n"), HasSubstr("liveRevision"));
  EXPECT_THAT(ParseError("liveRevision: -4\n"), HasSubstr("liveRevision"));
  EXPECT_THAT(ParseError("settings: 5\n"), HasSubstr("mapping"));
  EXPECT_THAT(ParseError("settings:\n  bind: x\n"), HasSubstr("bind: cannot be changed"));
}

class LiveFileStanding : public testing::Test {
 protected:
  LiveFileStanding() {
    live_.Adopt(*live_.Try(Change("workers: 3\nsettings:\n  max_body: 1M\n"), 5, true));
  }
  static LiveChange Change(const std::string& text) {
    return ParseLiveFile(text, "live.yaml")->change;
  }
  Standing Of(const std::string& text) { return Judge(*ParseLiveFile(text, "live.yaml"), live_); }
  LiveState live_{config::Settings{}};
};

TEST_F(LiveFileStanding, is_newer_with_a_higher_revision_or_none) {
  EXPECT_EQ(Of("workers: 3\nliveRevision: 6\n"), Standing::kNewer);
  EXPECT_EQ(Of("workers: 3\n"), Standing::kNewer);
}

TEST_F(LiveFileStanding, is_older_with_a_lower_revision) {
  EXPECT_EQ(Of("workers: 9\nliveRevision: 4\n"), Standing::kOlder);
}

TEST_F(LiveFileStanding, of_the_same_revision_is_judged_by_effect) {
  EXPECT_EQ(Of("workers: 3\nsettings:\n  max_body: 1048576\nliveRevision: 5\n"), Standing::kHolds);
  EXPECT_EQ(Of("workers: 3\nliveRevision: 5\n"), Standing::kConflict);
  EXPECT_EQ(Of("workers: many\nliveRevision: 5\n"), Standing::kConflict);
}

class FollowedLiveFile : public testing::Test {
 protected:
  FollowedLiveFile() { fs::create_directories(folder_); }
  ~FollowedLiveFile() override { fs::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  void Point(const std::string& name) {
    fs::create_symlink(folder_ / name, folder_ / "next");
    fs::rename(folder_ / "next", folder_ / "live.yaml");
  }
  auto Poll() { return file_.Poll(now_ += base::kNanosecondsPerSecond); }

  fs::path folder_ = fs::path(testing::TempDir()) / ("live_file_test" + std::to_string(::getpid()));
  base::Nanoseconds now_ = 0;
  LiveFile file_{(folder_ / "live.yaml").string()};
};

TEST_F(FollowedLiveFile, is_read_once_for_each_change) {
  EXPECT_FALSE(Poll());
  Write("live.yaml", "workers: 1\n");
  EXPECT_EQ((*Poll())->change.workers, "1");
  EXPECT_FALSE(Poll());
  Write("live.yaml", "workers: 22\n");
  EXPECT_EQ((*Poll())->change.workers, "22");
}

TEST_F(FollowedLiveFile, may_be_replaced_by_another_link) {
  Write("a", "workers: 1\n");
  Write("b", "workers: 2\n");
  Point("a");
  EXPECT_EQ((*Poll())->change.workers, "1");
  Point("b");
  EXPECT_EQ((*Poll())->change.workers, "2");
}

TEST_F(FollowedLiveFile, of_the_same_content_is_no_change) {
  Write("a", "workers: 1\n");
  Write("b", "workers: 1\n");
  Point("a");
  EXPECT_TRUE(Poll());
  Point("b");
  EXPECT_FALSE(Poll());
}

TEST_F(FollowedLiveFile, is_looked_at_once_a_second_only) {
  Write("live.yaml", "workers: 1\n");
  EXPECT_TRUE(Poll());
  Write("live.yaml", "workers: 22\n");
  EXPECT_FALSE(file_.Poll(now_ + base::kNanosecondsPerSecond / 2));
}

TEST_F(FollowedLiveFile, that_cannot_be_read_is_an_error_and_no_empty_file) {
  EXPECT_FALSE(file_.seen());
  fs::create_directories(folder_ / "live.yaml");
  const auto content = Poll();
  ASSERT_TRUE(content);
  EXPECT_FALSE(*content);
  EXPECT_TRUE(file_.seen());
}

TEST_F(FollowedLiveFile, that_is_broken_is_an_error_once) {
  Write("live.yaml", "workers: [\n");
  const auto content = Poll();
  ASSERT_TRUE(content);
  EXPECT_FALSE(*content);
  EXPECT_FALSE(Poll());
}

}  // namespace
}  // namespace monoceros::master
