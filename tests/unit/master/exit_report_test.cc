// SPDX-License-Identifier: Apache-2.0
#include "master/exit_report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;

constexpr int StatusOf(int exit_status) { return exit_status << 8; }

TEST(ExitReport, names_status_and_signal) {
  EXPECT_EQ(DescribeExit(StatusOf(3)), "exited with status 3");
  EXPECT_EQ(DescribeExit(SIGSEGV), "was killed by SIGSEGV");
  EXPECT_EQ(DescribeExit(SIGABRT | 0x80), "was killed by SIGABRT (core dumped)");
  EXPECT_TRUE(KilledBy(SIGKILL, SIGKILL));
  EXPECT_FALSE(KilledBy(StatusOf(SIGKILL), SIGKILL));
}

class OomCounterTest : public testing::Test {
 protected:
  OomCounterTest() : root_(fs::temp_directory_path() / ("oom_" + std::to_string(::getpid()))) {
    fs::create_directories(root_);
  }
  ~OomCounterTest() override { fs::remove_all(root_); }
  std::string Write(const fs::path& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
    return (root_ / name).string();
  }
  fs::path root_;
};

TEST_F(OomCounterTest, sees_the_version_2_counter_grow_once) {
  const std::string cgroups = Write("cgroup", "0::/app\n");
  Write("app/memory.events", "low 0\nhigh 4\noom 1\noom_kill 1\n");
  OomCounter counter(cgroups, root_.string());
  EXPECT_FALSE(counter.Grew());
  Write("app/memory.events", "low 0\nhigh 4\noom 2\noom_kill 2\n");
  EXPECT_TRUE(counter.Grew());
  EXPECT_FALSE(counter.Grew());
}

TEST_F(OomCounterTest, reads_the_version_1_counter) {
  const std::string cgroups = Write("cgroup", "5:cpu:/x\n4:memory:/app\n0::/\n");
  Write("memory/app/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
  OomCounter counter(cgroups, root_.string());
  Write("memory/app/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  EXPECT_TRUE(counter.Grew());
}

TEST_F(OomCounterTest, says_nothing_without_a_counter) {
  OomCounter counter((root_ / "missing").string(), root_.string());
  EXPECT_FALSE(counter.Grew());
}

}  // namespace
}  // namespace monoceros::master
