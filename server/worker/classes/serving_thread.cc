// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serving_thread.h"

#include <memory>

#include "worker/classes/forked_child.h"
#include "worker/classes/thread_interrupts.h"

namespace monoceros::worker {

ServingThread::ServingThread(Worker& worker, uint32_t index)
    : worker_(worker),
      index_(index),
      stamps_(worker.gil_stamps(index)),
      meter_(worker.row(index), worker.stamp(index), worker.canary(), worker.accounting()),
      patience_(stamps_),
      handler_(worker.application, stamps_, patience_, meter_, worker.logger()) {
  worker_.thread_interrupts().Add(handler_.interruption());
}

ServingThread::~ServingThread() { worker_.thread_interrupts().Remove(handler_.interruption()); }

channel::WaitStatus ServingThread::Turn(base::Nanoseconds limit) {
  const std::shared_ptr<channel::WorkerEnd> end = worker_.channel();
  const channel::Taken taken = Take(*end, limit);
  if (taken.status == channel::WaitStatus::kExchange) Run(*taken.exchange);
  return taken.status;
}

channel::Taken ServingThread::Take(channel::WorkerEnd& end, base::Nanoseconds limit) {
  channel::Taken taken{channel::WaitStatus::kExchange, end.TryTake()};
  if (taken.exchange != nullptr) {
    meter_.Begin(*taken.exchange);
    return taken;
  }
  const python::ReleaseGil released(stamps_);
  taken = end.Wait(index_, limit);
  if (taken.status == channel::WaitStatus::kExchange) meter_.Begin(*taken.exchange);
  return taken;
}

void ServingThread::Run(channel::Exchange& exchange) {
  handler_.Run(exchange);
  if (worker_.canary().InChild()) LeaveForkedChild();
  meter_.End();
  worker_.CountRequest();
}

}  // namespace monoceros::worker
