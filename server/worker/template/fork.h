// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "base/fd.h"
#include "base/result.h"

namespace monoceros::worker {

// Which of the two processes a double fork returned in.
struct ForkedWorker {
  pid_t pid = 0;     // in the template: the worker's; in the worker: 0
  base::Fd release;  // template: closing it lets the worker go on; worker: see AwaitRelease
};

// Forks twice, with the interpreter's fork hooks around it: the process in between exits at once,
// so that the worker becomes the child of the master, the nearest subreaper. In the template it
// returns when that has happened. Needs the GIL. The error is the template's only.
base::Result<ForkedWorker> ForkTwice();

// In the worker: waits until the template has closed its end; the master is then the parent. Asks
// the kernel to kill this process when the master dies.
void AwaitRelease(ForkedWorker& worker);

}  // namespace monoceros::worker
