// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scoreboard/scoreboard.h"
#include "stacks/frames.h"
#include "stacks/interpreter.h"

namespace monoceros::stacks {

// The message Stacks of proto/monoceros/control/v1/control.proto.
struct ThreadReport {
  uint32_t native_id = 0;
  std::string name;
  std::string state;    // "running", "gil-holder", "gil-wait", "idle", "other"
  std::string request;  // "GET /path"; empty: none
  base::Nanoseconds request_age = 0;
  std::vector<Frame> frames;  // innermost first
};
struct Report {
  uint32_t slot = 0;
  pid_t pid = 0;
  base::Nanoseconds at = 0;  // since the epoch
  std::vector<ThreadReport> threads;
  std::string note;  // what could not be read and why; empty: nothing
};

// Reads the stacks of process `pid`, which `board` has in worker slot `slot`. Never fails: what
// cannot be read is said in the note.
Report MakeReport(const scoreboard::Scoreboard& board, uint32_t slot, pid_t pid);

// One JSON object with the fields of the message; times in seconds. Text that is no UTF-8 is
// mended.
std::string ToJson(const Report& report);

}  // namespace monoceros::stacks
