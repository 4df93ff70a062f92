// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"
#include "worker/classes/serving_thread.h"
#include "worker/classes/thread_interrupts.h"

namespace monoceros::worker {
namespace {

constexpr base::Nanoseconds kLook = kLookMilliseconds * base::kNanosecondsPerMillisecond;

// The main thread does everything: between two exchanges it looks at the master's socket.
bool ServeUntilStopped(Worker& worker) {
  ServingThread thread(worker, 0);
  while (!worker.leaving()) {
    switch (thread.Turn(kLook)) {
      case channel::WaitStatus::kExchange:
        continue;
      case channel::WaitStatus::kClosed:
        worker.AwaitMaster(kLookMilliseconds);
        break;
      case channel::WaitStatus::kTimeout:
        worker.Trim();
        worker.FollowMaster();
        break;
      case channel::WaitStatus::kPoked:
        worker.FollowMaster();
    }
    if (PyErr_CheckSignals() < 0) return false;
  }
  return true;
}

}  // namespace

Served ServeSync(Worker& worker, const StartOrder& start, python::Ref callable) {
  if (!PrepareWsgi(worker, start, std::move(callable), /*multithread=*/false)) {
    return Served::kRaised;
  }
  Interrupts interrupts(worker, worker.thread_interrupts());
  if (!interrupts.Listen()) return Served::kRaised;
  worker.control().SendReady();
  return ServeUntilStopped(worker) ? Served::kWell : Served::kRaised;
}

}  // namespace monoceros::worker
