// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace monoceros::master {

// The memory in which the kernel put this process's arguments and environment, shown as
// /proc/PID/cmdline and /proc/PID/environ. Capture it first thing in main; plain values afterwards.
class ProcessMemory {
 public:
  ProcessMemory(char** arguments, char** environment);

  // Overwrites the environment's memory and empties this process's environment, but for TZ, which
  // the logs' local time needs. What the arguments' memory held is replaced by `title`, and `title`
  // becomes the name of the process (cut at 15 bytes by the kernel).
  void ScrubAndRename(std::string_view title);

 private:
  void ScrubEnvironment();

  char* arguments_ = nullptr;
  size_t arguments_bytes_ = 0;
  char* environment_ = nullptr;
  size_t environment_bytes_ = 0;
};

}  // namespace monoceros::master
