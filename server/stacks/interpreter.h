// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "stacks/frames.h"
#include "stacks/remote_memory.h"
#include "stacks/table.h"

namespace monoceros::stacks {

// One thread that an interpreter knows.
struct PythonThread {
  uint32_t native_id = 0;
  bool holds_gil = false;
  Stack stack;
};

// The table at `address`. The error says that this program does not understand it.
base::Result<MonocerosStackTable> ReadTable(const RemoteMemory& memory, uint64_t address);

// The threads of all interpreters of a process; those that can be found. At most 4096 with 20000
// frames together.
std::vector<PythonThread> ReadThreads(const RemoteMemory& memory, const MonocerosStackTable& table);

}  // namespace monoceros::stacks
