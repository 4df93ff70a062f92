// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"

#include <unistd.h>

#include "worker/classes/gthread/pool.h"

namespace monoceros::worker {
namespace {

constexpr double kOrphanPatience = 1.0;  // seconds

}  // namespace

// The main thread looks at the master's socket; threads of the pool do everything else.
bool ServeGthread(Worker& worker) {
  ThreadPool pool(worker);
  if (!pool.Start()) return false;
  while (!worker.leaving()) {
    worker.AwaitMaster(kLookMilliseconds);
    if (PyErr_CheckSignals() < 0) return false;
  }
  if (!worker.orphaned()) return pool.Join();
  // Nobody is left who would end a thread that hangs.
  if (!pool.JoinWithin(kOrphanPatience)) ::_exit(0);
  return true;
}

}  // namespace monoceros::worker
