// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <map>

#include "base/clock.h"

namespace monoceros::master {

// Children that were told to leave and have nobody else to watch them: discarded templates, a
// router that was stopped. Whoever stays past its time is killed.
class LeavingProcesses {
 public:
  void Add(pid_t pid, base::Nanoseconds deadline);
  // True when the process was one of these.
  bool OnExit(pid_t pid) { return deadlines_.erase(pid) > 0; }
  // Kills those whose time is up, once each.
  void Enforce(base::Nanoseconds now);
  // Nobody stays beyond `deadline`.
  void Hurry(base::Nanoseconds deadline);
  bool empty() const { return deadlines_.empty(); }
  // The earliest deadline, or `otherwise`.
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  static constexpr base::Nanoseconds kForever = INT64_MAX;
  std::map<pid_t, base::Nanoseconds> deadlines_;  // kForever: killed, exit awaited
};

}  // namespace monoceros::master
