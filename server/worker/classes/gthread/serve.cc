// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"

#include <unistd.h>

#include "worker/classes/gthread/pool.h"
#include "worker/classes/thread_interrupts.h"
#include "worker/python/error.h"

namespace monoceros::worker {
namespace {

constexpr double kOrphanPatience = 1.0;  // seconds

bool FollowMasterToTheEnd(Worker& worker, ThreadPool& pool) {
  while (!worker.leaving()) {
    worker.AwaitMaster(kLookMilliseconds);
    if (PyErr_CheckSignals() < 0 || !pool.Follow()) return false;
  }
  return true;
}

// The main thread looks at the master's socket and keeps the number of threads; threads of the pool
// do everything else. None of them may outlive this call.
bool ServeUntilStopped(Worker& worker) {
  ThreadPool pool(worker);
  if (!pool.Start() || !FollowMasterToTheEnd(worker, pool)) {
    const python::Ref raised = python::TakeException();
    worker.Leave();
    if (pool.Join()) python::RaiseAgain(raised);
    return false;
  }
  if (!worker.orphaned()) return pool.Join();
  // Nobody is left who would end a thread that hangs.
  if (!pool.JoinWithin(kOrphanPatience)) ::_exit(0);
  return true;
}

}  // namespace

Served ServeGthread(Worker& worker, const StartOrder& start, python::Ref callable) {
  if (!PrepareWsgi(worker, start, std::move(callable), /*multithread=*/true)) {
    return Served::kRaised;
  }
  Interrupts interrupts(worker, worker.thread_interrupts());
  if (!interrupts.Listen()) return Served::kRaised;
  worker.control().SendReady();
  return ServeUntilStopped(worker) ? Served::kWell : Served::kRaised;
}

}  // namespace monoceros::worker
