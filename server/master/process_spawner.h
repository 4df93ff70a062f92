// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "master/process_memory.h"

namespace monoceros::master {

// Makes the master's child processes. They get exactly the descriptors named here, beside standard
// input, output and error.
class ProcessSpawner {
 public:
  explicit ProcessSpawner(const ProcessMemory& memory) : memory_(memory) {}

  // fork and exec: `command[0]` is a path. `kept_fds` keep their numbers in the child. Signals are
  // at their defaults there. The error says why the program could not be run.
  base::Result<pid_t> Execute(const std::vector<std::string>& command,
                              const std::vector<int>& kept_fds) const;
  // The same with `output` as the child's standard output.
  base::Result<pid_t> ExecuteInto(int output, const std::vector<std::string>& command,
                                  const std::vector<int>& kept_fds) const;

  // fork without exec: runs `body` in the child and leaves with its result as the status, 70 when
  // it throws. The child has an empty environment, ignores the group's signals and shows `title`;
  // of the descriptors it keeps `kept_fds`. Call only while the process has one thread. Throws
  // base::SystemError.
  pid_t Fork(const std::string& title, std::vector<int> kept_fds,
             const std::function<int()>& body) const;

 private:
  ProcessMemory memory_;
};

}  // namespace monoceros::master
