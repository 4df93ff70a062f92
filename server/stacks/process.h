// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace monoceros::stacks {

// What /proc says about process `pid`.

// Where it has mapped its stamps (scoreboard/stamps.h). The error is a note for people: it is not a
// worker, or may not be looked at.
base::Result<uint64_t> FindStamps(pid_t pid);
// The name of one of its threads; empty when there is none.
std::string ThreadName(pid_t pid, uint32_t native_id);
// Whether a signal or a debugger has stopped it.
bool IsStopped(pid_t pid);

// Why its memory cannot be read, by errno, and what to do about it.
std::string ExplainRefusal(pid_t pid, int error);

}  // namespace monoceros::stacks
