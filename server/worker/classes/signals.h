// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace monoceros::worker {

// Signals that a terminal or a supervisor sends to the whole process group are the master's to
// understand: SIGINT, SIGHUP, SIGTERM and SIGQUIT do nothing in a template. A handler rather than
// SIG_IGN, so that programs which the application starts get the default.
void InstallTemplateSignals();

// In a worker SIGTERM and SIGQUIT ask for its replacement, SIGINT and SIGHUP do nothing, SIGABRT
// and SIGCHLD are as the system has them.
void InstallWorkerSignals();

// Whether one of the two came since the last call. Any thread.
bool TakeRetireSignal();

}  // namespace monoceros::worker
