// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/gthread/pool.h"

#include "worker/classes/gthread/thread.h"

namespace monoceros::worker {

bool ThreadPool::Start() {
  for (uint32_t index = 0; index < worker_.threads(); ++index) {
    python::Ref thread = StartThread(index);
    if (!thread) return false;
    threads_.push_back(std::move(thread));
  }
  return true;
}

bool ThreadPool::Join() {
  for (const python::Ref& thread : threads_) {
    if (!python::Ref::Steal(PyObject_CallMethod(thread.get(), "join", nullptr))) return false;
  }
  return true;
}

bool ThreadPool::JoinWithin(double seconds) {
  bool all = true;
  for (const python::Ref& thread : threads_) {
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
