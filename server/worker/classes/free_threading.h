// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "base/result.h"
#include "worker/classes/serve.h"

namespace monoceros::worker {

// What holds of the GIL in a worker, where the interpreter is a free-threaded build (PEP 703). Both
// do nothing in others. In the worker's main thread, with the GIL if there is one.

// Turns the GIL on for a class whose loop runs the application.
// An error when that was forbidden.
base::Result<void> PrepareGil(const Class& kind);
// After the application was loaded, which may have turned the GIL on: says in the log and in the
// worker's row what holds.
void TellGil(const Class& kind, Worker& worker);

}  // namespace monoceros::worker
