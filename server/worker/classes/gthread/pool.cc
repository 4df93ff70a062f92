// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/gthread/pool.h"

#include <algorithm>

#include "worker/classes/gthread/thread.h"
#include "worker/python/error.h"

namespace monoceros::worker {
namespace {

bool JoinThread(const python::Ref& thread) {
  return static_cast<bool>(python::Ref::Steal(PyObject_CallMethod(thread.get(), "join", nullptr)));
}

}  // namespace

bool ThreadPool::Start() {
  for (uint32_t index = 0; index < worker_.threads(); ++index) {
    if (threads_.contains(index)) continue;
    python::Ref thread = StartThread(index);
    if (!thread) return false;
    threads_.emplace(index, std::move(thread));
  }
  return true;
}

bool ThreadPool::Follow() {
  if (worker_.leaving()) return true;
  if (!JoinEnded()) return false;
  if (!Start()) {
    const python::Ref raised = python::TakeException();
    worker_.logger().Error("cannot start another thread: {}", python::Describe(raised));
    worker_.ThreadsServe(static_cast<uint32_t>(threads_.size()));
  } else if (threads_.size() == worker_.threads()) {
    worker_.ThreadsServe(worker_.threads());
  }
  return true;
}

// A thread that reported its end is out of the application and leaves at once.
bool ThreadPool::JoinEnded() {
  bool any = false;
  for (const uint32_t index : worker_.TakeEndedThreads()) {
    const auto ended = threads_.find(index);
    if (ended == threads_.end()) continue;
    if (!JoinThread(ended->second)) return false;
    threads_.erase(ended);
    any = true;
  }
  // Cycles hold what applications keep per thread, such as Django's database connections.
  if (any) PyGC_Collect();
  return true;
}

bool ThreadPool::Join() {
  return std::ranges::all_of(threads_, [](const auto& entry) { return JoinThread(entry.second); });
}

bool ThreadPool::JoinWithin(double seconds) {
  bool all = true;
  for (const auto& [index, thread] : threads_) {
    python::Ref::Steal(PyObject_CallMethod(thread.get(), "join", "d", seconds)).Reset();
    const python::Ref alive =
        python::Ref::Steal(PyObject_CallMethod(thread.get(), "is_alive", nullptr));
    all = all && alive.get() == Py_False;
  }
  return all;
}

python::Ref ThreadPool::StartThread(uint32_t index) {
  const python::Ref threading = python::Ref::Steal(PyImport_ImportModule("threading"));
  const python::Ref type =
      threading ? python::Ref::Steal(PyObject_GetAttrString(threading.get(), "Thread"))
                : python::Ref();
  const python::Ref target = type ? MakeThreadFunction(worker_, index) : python::Ref();
  if (!target) return {};
  const python::Ref name = python::Ref::Steal(PyUnicode_FromFormat("monoceros-thread-%u", index));
  const python::Ref options = python::Ref::Steal(
      Py_BuildValue("{sOsOsO}", "target", target.get(), "name", name.get(), "daemon", Py_True));
  const python::Ref none = python::Ref::Steal(PyTuple_New(0));
  if (!options || !none) return {};
  python::Ref thread = python::Ref::Steal(PyObject_Call(type.get(), none.get(), options.get()));
  if (!thread || !python::Ref::Steal(PyObject_CallMethod(thread.get(), "start", nullptr))) {
    return {};
  }
  return thread;
}

}  // namespace monoceros::worker
