// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/gthread/thread.h"

#include <sys/prctl.h>

#include <memory>
#include <string>

#include "worker/classes/serving_thread.h"

namespace monoceros::worker {
namespace {

struct ThreadStart {
  Worker& worker;
  uint32_t index;
};

constexpr char kCapsuleName[] = "monoceros.thread";

ThreadStart* Unwrap(PyObject* capsule) {
  return static_cast<ThreadStart*>(PyCapsule_GetPointer(capsule, kCapsuleName));
}

void Serve(Worker& worker, uint32_t index) {
  ServingThread thread(worker, index);
  const python::GilStamps stamps = worker.gil_stamps(index);
  while (!worker.leaving(index)) {
    const std::shared_ptr<channel::WorkerEnd> served = worker.channel();
    if (thread.Turn(-1) != channel::WaitStatus::kClosed) continue;
    // The router is dead; the next one's channel comes over the control socket.
    const python::ReleaseGil released(stamps);
    worker.AwaitOtherChannel(served.get(), index);
  }
}

// What ps and top show: at most 15 bytes.
void NameThread(uint32_t index) {
  const std::string name = (index < 100 ? "monoceros-th-" : "mono-th-") + std::to_string(index);
  ::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
}

PyObject* RunThread(PyObject* capsule, PyObject*) {
  const ThreadStart* start = Unwrap(capsule);
  if (start == nullptr) return nullptr;
  NameThread(start->index);
  Serve(start->worker, start->index);
  start->worker.ThreadEnded(start->index);
  return python::Ref::Borrow(Py_None).Release();
}

PyMethodDef thread_method = {"serve", RunThread, METH_NOARGS, "Serves requests."};

}  // namespace

python::Ref MakeThreadFunction(Worker& worker, uint32_t index) {
  auto start = std::make_unique<ThreadStart>(ThreadStart{worker, index});
  const python::Ref capsule =
      python::Ref::Steal(PyCapsule_New(start.get(), kCapsuleName, [](PyObject* self) {
        const std::unique_ptr<ThreadStart> owned(Unwrap(self));
      }));
  if (!capsule) return {};
  static_cast<void>(start.release());  // the capsule owns it now
  return python::Ref::Steal(PyCFunction_New(&thread_method, capsule.get()));
}

}  // namespace monoceros::worker
