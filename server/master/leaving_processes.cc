// SPDX-License-Identifier: Apache-2.0
#include "master/leaving_processes.h"

#include <csignal>

#include <algorithm>

namespace monoceros::master {

void LeavingProcesses::Add(pid_t pid, base::Nanoseconds deadline) {
  if (pid > 0) deadlines_[pid] = deadline;
}

void LeavingProcesses::Enforce(base::Nanoseconds now) {
  for (auto& [pid, deadline] : deadlines_) {
    if (deadline > now) continue;
    // Not reaped yet, so the pid cannot belong to anybody else.
    ::kill(pid, SIGKILL);
    deadline = kForever;
  }
}

void LeavingProcesses::Hurry(base::Nanoseconds deadline) {
  for (auto& [pid, own] : deadlines_) {
    if (own != kForever) own = std::min(own, deadline);
  }
}

base::Nanoseconds LeavingProcesses::NextDeadline(base::Nanoseconds otherwise) const {
  for (const auto& [pid, deadline] : deadlines_) otherwise = std::min(otherwise, deadline);
  return otherwise;
}

}  // namespace monoceros::master
