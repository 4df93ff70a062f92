// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// Lets `loop` tell when it waits for events. `module`.waiter(loop) is something of the object file
// whose code waits. False, with a line in the log, when its waits cannot be told.
bool LetLoopTell(Worker& worker, const python::Ref& module, const python::Ref& loop);

}  // namespace monoceros::worker
