// SPDX-License-Identifier: Apache-2.0
#include "master/exit_report.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include <fstream>
#include <string_view>

namespace monoceros::master {
namespace {

// Where the memory controller's counters of this cgroup lie: lines are "0::/path" (version 2) or
// "7:memory:/path" (version 1); a version 1 line wins, because then version 2 has no memory.
std::string FindCounter(const std::string& cgroup_file, const std::string& mount) {
  std::ifstream file(cgroup_file);
  std::string found;
  for (std::string line; std::getline(file, line);) {
    const size_t memory = line.find(":memory:");
    if (memory != std::string::npos) {
      return mount + "/memory" + line.substr(memory + 8) + "/memory.oom_control";
    }
    if (line.starts_with("0::")) found = mount + line.substr(3) + "/memory.events";
  }
  return found;
}

uint64_t ReadCounter(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  for (uint64_t value; file >> name >> value;) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

}  // namespace

std::string DescribeExit(int wait_status) {
  if (WIFEXITED(wait_status)) return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
  if (!WIFSIGNALED(wait_status)) return fmt::format("ended with wait status {}", wait_status);
  const int number = WTERMSIG(wait_status);
  const char* name = ::sigabbrev_np(number);
  const std::string signal =
      name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
  return fmt::format("was killed by {}{}", signal, WCOREDUMP(wait_status) ? " (core dumped)" : "");
}

bool KilledBy(int wait_status, int signal) {
  return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == signal;
}

OomCounter::OomCounter(const std::string& cgroup_file, const std::string& mount)
    : path_(FindCounter(cgroup_file, mount)), last_(ReadCounter(path_)) {}

bool OomCounter::Grew() {
  const uint64_t count = ReadCounter(path_);
  const bool grew = count > last_;
  last_ = count;
  return grew;
}

}  // namespace monoceros::master
