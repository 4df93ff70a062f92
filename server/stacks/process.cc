// SPDX-License-Identifier: Apache-2.0
#include "stacks/process.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "scoreboard/stamps.h"

namespace monoceros::stacks {
namespace {

std::string PathOf(pid_t pid, const std::string& name) {
  return fmt::format("/proc/{}/{}", pid, name);
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "7f0c1000-7f0c2000 rw-s 00000000 00:01 1042 /memfd:monoceros-stamps (deleted)"
bool IsOfStamps(const std::string& line) {
  return line.find(fmt::format(" /memfd:{}", scoreboard::kStampsName)) != std::string::npos;
}

std::string WhatYamaWants() {
  const std::string scope = FirstLine("/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty() || scope == "0") {
    return "the reader lacks CAP_SYS_PTRACE and the worker runs as another user, or a container's "
           "seccomp profile forbids process_vm_readv: run both as the same user or give the server "
           "CAP_SYS_PTRACE";
  }
  if (scope == "1") {
    return "kernel.yama.ptrace_scope is 1 and the reader was not started by this worker's master: "
           "ask through the server (monoctl stacks) or give the reader CAP_SYS_PTRACE";
  }
  return fmt::format("kernel.yama.ptrace_scope is {}: set it to 1{}", scope,
                     scope == "2" ? " or give the server CAP_SYS_PTRACE"
                                  : ", which needs a restart of the machine");
}

}  // namespace

base::Result<uint64_t> FindStamps(pid_t pid) {
  const std::string path = PathOf(pid, "maps");
  std::ifstream maps(path);
  if (!maps) return base::Fail(ExplainRefusal(pid, errno));
  for (std::string line; std::getline(maps, line);) {
    uint64_t address = 0;
    if (!IsOfStamps(line)) continue;
    std::from_chars(line.data(), line.data() + line.size(), address, 16);
    return address;
  }
  if (maps.bad()) return base::Fail(ExplainRefusal(pid, EPERM));
  return base::Fail(fmt::format("process {} is no worker of this version, or leaves", pid));
}

std::string ThreadName(pid_t pid, uint32_t native_id) {
  return FirstLine(PathOf(pid, fmt::format("task/{}/comm", native_id)));
}

bool IsStopped(pid_t pid) {
  const std::string stat = FirstLine(PathOf(pid, "stat"));
  // The state follows the name, which may have any characters.
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return false;
  return stat[name_end + 2] == 'T' || stat[name_end + 2] == 't';
}

std::string ExplainRefusal(pid_t pid, int error) {
  if (error == ESRCH || error == ENOENT) return fmt::format("process {} is gone", pid);
  if (error == EPERM || error == EACCES) {
    return fmt::format("the memory of process {} may not be read: {}", pid, WhatYamaWants());
  }
  return fmt::format("the memory of process {} cannot be read: {}", pid, std::strerror(error));
}

}  // namespace monoceros::stacks
