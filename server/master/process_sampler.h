// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace monoceros::master {

// CPU and run-queue time of one process, summed over its threads, also those that ended (but for
// what they used since the last reading). Reads /proc/PID/task/*/schedstat.
class CpuReader {
 public:
  struct Times {
    uint64_t cpu = 0;        // ns
    uint64_t run_queue = 0;  // ns
  };
  // `folder` is /proc/PID.
  explicit CpuReader(std::string folder) : folder_(std::move(folder)) {}

  // What was added since the last call (since the process began at the first).
  Times ReadGrowth();

 private:
  std::string folder_;
  std::map<pid_t, Times> last_;  // by thread
};

// Whether the process was stopped by a signal (state T of proc(5)); not by a debugger.
bool IsStopped(const std::string& folder);
// Resident memory in bytes (statm); nothing when the process is gone.
std::optional<uint64_t> ReadRss(const std::string& folder);
// Proportional memory in bytes (smaps_rollup); nothing when it may not be read.
std::optional<uint64_t> ReadPss(const std::string& folder);

}  // namespace monoceros::master
