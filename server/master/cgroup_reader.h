// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace monoceros::master {

// What the cgroup (version 2) of this process uses and may use. 0: no limit, or not known.
struct CgroupUse {
  uint64_t memory = 0;     // bytes, without inactive file pages: what eviction looks at
  uint64_t limit = 0;      // bytes
  uint64_t cpu_quota = 0;  // ns of CPU in a second
  uint64_t cpu = 0;        // ns used
  uint64_t periods = 0;
  uint64_t throttled_periods = 0;
  uint64_t throttled = 0;  // ns
};

class CgroupReader {
 public:
  // `cgroup_file` is /proc/self/cgroup and `mount` /sys/fs/cgroup, but in tests.
  CgroupReader(const std::string& cgroup_file, const std::string& mount);

  // Nothing where there is no cgroup of version 2.
  std::optional<CgroupUse> Read() const;

 private:
  std::string folder_;  // empty: none
};

}  // namespace monoceros::master
