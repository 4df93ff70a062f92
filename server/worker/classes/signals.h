// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace monoceros::worker {

// SIGINT does nothing in this process: Ctrl-C reaches the whole process group, and the master alone
// decides what it means. A handler rather than SIG_IGN, so that programs which the application
// starts get the default.
void DisregardInterrupts();

// SIGTERM and SIGQUIT ask the worker to be replaced; SIGABRT and SIGCHLD are as the system has
// them.
void InstallWorkerSignals();

// Whether one of the two came since the last call. Any thread.
bool TakeRetireSignal();

}  // namespace monoceros::worker
