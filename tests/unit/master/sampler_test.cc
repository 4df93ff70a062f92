// SPDX-License-Identifier: Apache-2.0
#include "master/sampler.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "master/peer_rights.h"

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;

class FakeFiles : public testing::Test {
 protected:
  FakeFiles() { fs::create_directories(folder_); }
  ~FakeFiles() override { fs::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  fs::path folder_ = fs::path(testing::TempDir()) / ("sampler_test" + std::to_string(::getpid()));
};

using CpuReaderTest = FakeFiles;

TEST_F(CpuReaderTest, adds_up_threads_also_those_that_ended) {
  Write("task/10/schedstat", "1000 10 3\n");
  Write("task/11/schedstat", "2000 20 3\n");
  CpuReader reader(folder_.string());
  CpuReader::Times growth = reader.ReadGrowth();
  EXPECT_EQ(growth.cpu, 3000u);
  EXPECT_EQ(growth.run_queue, 30u);
  fs::remove_all(folder_ / "task/11");
  Write("task/10/schedstat", "1500 15 4\n");
  Write("task/12/schedstat", "7 1 1\n");
  growth = reader.ReadGrowth();
  EXPECT_EQ(growth.cpu, 507u);
  EXPECT_EQ(growth.run_queue, 6u);
}

TEST_F(CpuReaderTest, a_number_used_again_begins_anew) {
  Write("task/10/schedstat", "1000 10 3\n");
  CpuReader reader(folder_.string());
  reader.ReadGrowth();
  Write("task/10/schedstat", "5 2 1\n");
  EXPECT_EQ(reader.ReadGrowth().cpu, 5u);
}

TEST(ProcessMemoryReading, knows_this_process) {
  EXPECT_GT(ReadRss("/proc/self").value(), 1u << 20);
  EXPECT_GT(ReadPss("/proc/self").value(), 1u << 18);
  EXPECT_FALSE(ReadRss("/proc/nobody"));
  EXPECT_FALSE(ReadPss("/proc/nobody"));
}

using CgroupReaderTest = FakeFiles;

TEST_F(CgroupReaderTest, reads_use_and_limits) {
  Write("cgroup", "0::/pod/app\n");
  Write("sys/pod/app/memory.current", "5000\n");
  Write("sys/pod/app/memory.max", "9000\n");
  Write("sys/pod/app/memory.stat", "anon 1\ninactive_file 2000\n");
  Write("sys/pod/app/cpu.max", "150000 100000\n");
  Write("sys/pod/app/cpu.stat", "usage_usec 7\nnr_periods 5\nnr_throttled 2\nthrottled_usec 30\n");
  const CgroupReader reader((folder_ / "cgroup").string(), (folder_ / "sys").string());
  const CgroupUse use = reader.Read().value();
  EXPECT_EQ(use.memory, 3000u);
  EXPECT_EQ(use.limit, 9000u);
  EXPECT_EQ(use.cpu_quota, 1'500'000'000u);
  EXPECT_EQ(use.cpu, 7000u);
  EXPECT_EQ(use.periods, 5u);
  EXPECT_EQ(use.throttled_periods, 2u);
  EXPECT_EQ(use.throttled, 30'000u);
}

TEST_F(CgroupReaderTest, knows_that_there_is_no_limit) {
  Write("cgroup", "0::/\n");
  Write("sys/memory.max", "max\n");
  Write("sys/cpu.max", "max 100000\n");
  Write("sys/cpu.stat", "usage_usec 7\n");
  const CgroupReader reader((folder_ / "cgroup").string(), (folder_ / "sys").string());
  EXPECT_EQ(reader.Read()->limit, 0u);
  EXPECT_EQ(reader.Read()->cpu_quota, 0u);
  EXPECT_FALSE(CgroupReader("/nowhere", "/nowhere").Read());
}

// The kernel accounts for a running thread at its ticks and when it is scheduled, not when asked.
void SpendCpuTime() {
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 500;
  while (std::clock() < end) {
  }
  ::sched_yield();
}

TEST(Sampler, fills_the_rows_of_a_process) {
  const auto board =
      scoreboard::Scoreboard::Open(scoreboard::Scoreboard::CreateMemory(1, 1).value(), true)
          .value();
  scoreboard::WorkerRow& row = board.worker(0);
  Sampler sampler(board);
  const std::vector<SampledProcess> processes = {{::getpid(), &row.rss_bytes, &row.pss_bytes,
                                                  &row.cpu_nanoseconds,
                                                  &row.run_queue_nanoseconds}};
  const base::Nanoseconds begin = 1000 * base::kNanosecondsPerSecond;
  for (int second = 0; second < 15; ++second) {
    SpendCpuTime();
    sampler.Keep(processes, begin + second * base::kNanosecondsPerSecond);
  }
  EXPECT_GT(row.rss_bytes, 1u << 20);
  EXPECT_GT(row.pss_bytes, 1u << 18);
  EXPECT_EQ(row.pss_bytes, board.header().all_pss_bytes);
  EXPECT_GT(row.cpu_nanoseconds, 0u);
  EXPECT_LE(sampler.NextDeadline(INT64_MAX), begin + 16 * base::kNanosecondsPerSecond);
}

TEST(Sampler, reads_few_processes_in_one_turn) {
  const auto board =
      scoreboard::Scoreboard::Open(scoreboard::Scoreboard::CreateMemory(1, 1).value(), true)
          .value();
  std::vector<std::atomic<uint64_t>> cpu(20);
  std::vector<SampledProcess> processes;
  // Numbers of no process: each reading is one all the same.
  for (int i = 0; i < 20; ++i) {
    processes.push_back({10'000'000 + i, nullptr, nullptr, &cpu[static_cast<size_t>(i)], nullptr});
  }
  Sampler sampler(board);
  const base::Nanoseconds begin = 1000 * base::kNanosecondsPerSecond;
  sampler.Keep(processes, begin);
  const base::Nanoseconds later = begin + 2 * base::kNanosecondsPerSecond;
  sampler.Keep(processes, later);
  EXPECT_LT(sampler.NextDeadline(INT64_MAX), later);
  sampler.Keep(processes, later);
  sampler.Keep(processes, later);
  EXPECT_GT(sampler.NextDeadline(INT64_MAX), later);
}

TEST(MayControl, is_for_root_the_same_user_and_the_group) {
  EXPECT_TRUE(MayControl({0, 5}, 1000, 1000));
  EXPECT_TRUE(MayControl({1000, 5}, 1000, 1000));
  EXPECT_TRUE(MayControl({7, 1000}, 1000, 1000));
  EXPECT_FALSE(MayControl({7, 7}, 1000, 1000));
}

}  // namespace
}  // namespace monoceros::master
