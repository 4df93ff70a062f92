// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/application.h"

namespace monoceros::asgi {
namespace {

using python::Ref;

// Since 3.12 a task can take its first step at once, which saves most requests a turn of the loop.
// Before, each task without a name formats one.
Ref TaskKeywords() {
#if PY_VERSION_HEX >= 0x030C0000
  return Ref::Steal(Py_BuildValue("(ss)", "loop", "eager_start"));
#else
  return Ref::Steal(Py_BuildValue("(ss)", "loop", "name"));
#endif
}

Ref TaskOption() {
#if PY_VERSION_HEX >= 0x030C0000
  return Ref::Borrow(Py_True);
#else
  return Ref::Steal(PyUnicode_InternFromString("request"));
#endif
}

}  // namespace

bool Application::Prepare(Ref application, Ref event_loop, const std::string& root_path) {
  callable = std::move(application);
  loop = std::move(event_loop);
  if (!names.Make() || !MakeTypes(types) || !scopes.Prepare(names, root_path)) return false;
  const Ref asyncio = Ref::Steal(PyImport_ImportModule("asyncio"));
  if (!asyncio) return false;
  task_ = Ref::Steal(PyObject_GetAttrString(asyncio.get(), "Task"));
  cancelled = Ref::Steal(PyObject_GetAttrString(asyncio.get(), "CancelledError"));
  task_keywords_ = TaskKeywords();
  task_option_ = TaskOption();
  create_future_ = Ref::Steal(PyObject_GetAttrString(loop.get(), "create_future"));
  return task_ && cancelled && task_keywords_ && task_option_ && create_future_;
}

Ref Application::StartTask(PyObject* coroutine) const {
  PyObject* arguments[] = {nullptr, coroutine, loop.get(), task_option_.get()};
  return Ref::Steal(PyObject_Vectorcall(task_.get(), arguments + 1,
                                        1 | PY_VECTORCALL_ARGUMENTS_OFFSET, task_keywords_.get()));
}

Ref Application::MakeFuture() const {
  return Ref::Steal(PyObject_CallNoArgs(create_future_.get()));
}

}  // namespace monoceros::asgi
