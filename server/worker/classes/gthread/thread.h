// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>

#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// A Python callable without arguments that serves exchanges as thread `index` of `worker` until
// worker.leaving(index), and then reports worker.ThreadEnded(index). None with an exception
// pending.
python::Ref MakeThreadFunction(Worker& worker, uint32_t index);

}  // namespace monoceros::worker
