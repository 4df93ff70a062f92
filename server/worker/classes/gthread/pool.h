// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <vector>

#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// The serving threads of one worker: threads of the application's `threading` module, so that
// thread-locals, names and debuggers work as the application expects. Needs the GIL.
class ThreadPool {
 public:
  // `worker` outlives the threads.
  explicit ThreadPool(Worker& worker) : worker_(worker) {}

  // Starts worker.threads() threads. False with an exception pending.
  bool Start();
  // Waits for all to end, which they do when the worker leaves. False with an exception pending.
  bool Join();
  // The same, at most `seconds` for each. False when one still runs.
  bool JoinWithin(double seconds);

 private:
  python::Ref StartThread(uint32_t index);

  Worker& worker_;
  std::vector<python::Ref> threads_;
};

}  // namespace monoceros::worker
