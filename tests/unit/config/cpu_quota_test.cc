// SPDX-License-Identifier: Apache-2.0
#include "config/cpu_quota.h"

#include <gtest/gtest.h>

#include "files.h"

namespace monoceros::config {
namespace {

TEST(ReadCpuQuota, reads_version_2) {
  const Directory root;
  root.Write("proc/self/cgroup", "0::/\n");
  root.Write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(ReadCpuQuota(root.path()), 1.5);
}

TEST(ReadCpuQuota, takes_the_smallest_on_the_way_to_the_root) {
  const Directory root;
  root.Write("proc/self/cgroup", "0::/pods/one\n");
  root.Write("sys/fs/cgroup/pods/one/cpu.max", "400000 100000\n");
  root.Write("sys/fs/cgroup/pods/cpu.max", "200000 100000\n");
  EXPECT_EQ(ReadCpuQuota(root.path()), 2.0);
}

TEST(ReadCpuQuota, max_is_no_limit) {
  const Directory root;
  root.Write("proc/self/cgroup", "0::/\n");
  root.Write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(ReadCpuQuota(root.path()), std::nullopt);
}

TEST(ReadCpuQuota, reads_version_1_wherever_it_is_mounted) {
  for (const char* mount : {"cpu,cpuacct", "cpu"}) {
    const Directory root;
    root.Write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/docker/1\n0::/x\n");
    const std::string group = std::string("sys/fs/cgroup/") + mount + "/docker/1/";
    root.Write(group + "cpu.cfs_quota_us", "50000\n");
    root.Write(group + "cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(ReadCpuQuota(root.path()), 0.5) << mount;
  }
}

TEST(ReadCpuQuota, in_a_container_the_mount_itself_is_the_group) {
  const Directory root;
  root.Write("proc/self/cgroup", "4:cpu,cpuacct:/kubepods/pod1/not-visible-here\n");
  root.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  root.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(ReadCpuQuota(root.path()), 3.0);
}

TEST(ReadCpuQuota, minus_one_and_nonsense_are_no_limit) {
  const Directory root;
  root.Write("proc/self/cgroup", "4:cpu:/\n0::/\nnonsense\n");
  root.Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  root.Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  root.Write("sys/fs/cgroup/cpu.max", "lots of it\n");
  EXPECT_EQ(ReadCpuQuota(root.path()), std::nullopt);
  EXPECT_EQ(ReadCpuQuota(root.path() / "nowhere"), std::nullopt);
}

TEST(ChooseWorkerCount, rounds_the_quota_up_within_the_affinity) {
  EXPECT_EQ(ChooseWorkerCount(1.5, 8), 2);
  EXPECT_EQ(ChooseWorkerCount(2.0, 8), 2);
  EXPECT_EQ(ChooseWorkerCount(0.1, 8), 1);
  EXPECT_EQ(ChooseWorkerCount(16.0, 8), 8);
  EXPECT_EQ(ChooseWorkerCount(std::nullopt, 8), 8);
  EXPECT_EQ(ChooseWorkerCount(std::nullopt, 0), 1);
}

}  // namespace
}  // namespace monoceros::config
