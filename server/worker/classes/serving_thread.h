// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>

#include "base/clock.h"
#include "channel/worker_end.h"
#include "worker/classes/meter.h"
#include "worker/classes/worker.h"
#include "worker/python/gil.h"
#include "worker/wsgi/handler.h"
#include "worker/wsgi/patience.h"

namespace monoceros::worker {

// One thread of a blocking worker class: waits for an exchange and runs it. Made, used and
// destroyed by that thread, with the GIL.
class ServingThread {
 public:
  // `worker` outlives this; `index` < worker.threads() when it is made.
  ServingThread(Worker& worker, uint32_t index);
  ~ServingThread();
  ServingThread(const ServingThread&) = delete;
  ServingThread& operator=(const ServingThread&) = delete;

  // Waits at most `limit` nanoseconds (negative: no limit) without the GIL, and runs what came. In
  // a child that the application forked it does not return.
  channel::WaitStatus Turn(base::Nanoseconds limit);

 private:
  channel::Taken Take(channel::WorkerEnd& end, base::Nanoseconds limit);
  void Run(channel::Exchange& exchange);

  Worker& worker_;
  const uint32_t index_;
  const python::GilStamps stamps_;
  ThreadMeter meter_;
  wsgi::BlockingPatience patience_;
  wsgi::Handler handler_;
};

}  // namespace monoceros::worker
