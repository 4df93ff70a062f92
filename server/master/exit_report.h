// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace monoceros::master {

// "exited with status 3", "was killed by SIGSEGV", from a wait status.
std::string DescribeExit(int wait_status);

bool KilledBy(int wait_status, int signal);

// The kernel's count of processes killed for want of memory in this process's cgroup (version 1 or
// 2), so that a SIGKILL can be told from an operator's.
class OomCounter {
 public:
  // `cgroup_file` is /proc/self/cgroup and `mount` /sys/fs/cgroup, but in tests.
  OomCounter(const std::string& cgroup_file, const std::string& mount);

  // True when the count has grown since the last call (or since construction). Always false where
  // the counter cannot be read.
  bool Grew();

 private:
  std::string path_;  // empty: no counter
  uint64_t last_ = 0;
};

}  // namespace monoceros::master
