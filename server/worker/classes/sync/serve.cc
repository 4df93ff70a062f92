// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"
#include "worker/classes/serving_thread.h"

namespace monoceros::worker {
namespace {

constexpr base::Nanoseconds kLook = kLookMilliseconds * base::kNanosecondsPerMillisecond;

}  // namespace

// The main thread does everything: between two exchanges it looks at the master's socket.
bool ServeSync(Worker& worker) {
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

}  // namespace monoceros::worker
