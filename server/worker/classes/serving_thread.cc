// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serving_thread.h"

#include <unistd.h>

#include <memory>

#include "worker/python/error.h"
#include "worker/template/application.h"

namespace monoceros::worker {
namespace {

// The status that the pending exception asks for, which is reported unless it is
// SystemExit(number).
int TakeExitStatus() {
  const python::Ref exception = python::TakeException();
  if (!exception) return 0;
  if (!PyErr_GivenExceptionMatches(exception.get(), PyExc_SystemExit)) {
    PySys_FormatStderr("%s\n", python::Describe(exception).c_str());
    return 1;
  }
  const python::Ref code = python::Ref::Steal(PyObject_GetAttrString(exception.get(), "code"));
  if (!code || code.get() == Py_None) return 0;
  return PyLong_Check(code.get()) ? static_cast<int>(PyLong_AsLong(code.get())) : 1;
}

// A child that the application forked in the middle of a request has no channel and no client. Like
// os._exit: the thread that it is a copy of may not be one from which an interpreter can end.
[[noreturn]] void LeaveForkedChild() {
  const int status = TakeExitStatus();
  FlushStreams();
  ::_exit(status);
}

}  // namespace

ServingThread::ServingThread(Worker& worker, uint32_t index)
    : worker_(worker),
      index_(index),
      stamps_(worker.gil_stamps(index)),
      meter_(worker.row(index), worker.stamp(index), worker.canary(), worker.accounting()),
      handler_(worker.application, stamps_, meter_, worker.logger()) {}

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
