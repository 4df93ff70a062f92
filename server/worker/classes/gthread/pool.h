// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <map>

#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// The serving threads of one worker: threads of the application's `threading` module, so that
// thread-locals, names and debuggers work as the application expects. Needs the GIL; used by the
// main thread.
class ThreadPool {
 public:
  // `worker` outlives the threads.
  explicit ThreadPool(Worker& worker) : worker_(worker) {}

  // Starts worker.threads() threads. False with an exception pending.
  bool Start();
  // One step towards worker.threads(), after a thread ended or the master asked: joins those that
  // ended, frees what was kept for them (a full garbage collection) and starts those that lack.
  // Says so when no more and no fewer run; when one cannot be started, that is logged and those
  // that run have to do. False with an exception pending, which a signal handler of the application
  // raised.
  bool Follow();
  // Waits for all to end, which they do when the worker leaves. False with an exception pending.
  bool Join();
  // The same, at most `seconds` for each. False when one still runs.
  bool JoinWithin(double seconds);

 private:
  bool JoinEnded();
  python::Ref StartThread(uint32_t index);

  Worker& worker_;
  std::map<uint32_t, python::Ref> threads_;  // by number
};

}  // namespace monoceros::worker
