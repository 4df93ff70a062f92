// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "worker/asgi/names.h"
#include "worker/asgi/scope.h"
#include "worker/asgi/types.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// What all exchanges of a process share. Must not move.
struct Application {
  // `callable` is the ASGI application, `loop` the event loop that runs it. False with an exception
  // pending.
  bool Prepare(python::Ref callable, python::Ref loop, const std::string& root_path);

  // A task of the loop that runs `coroutine`, in a copy of the current context; where the
  // interpreter can, its first step has been taken already. None with an exception pending.
  python::Ref StartTask(PyObject* coroutine) const;
  // A future of the loop, or none with an exception pending.
  python::Ref MakeFuture() const;

  python::Ref callable;
  python::Ref loop;
  python::Ref cancelled;  // asyncio.CancelledError
  Names names;
  Types types;
  ScopeMaker scopes;

 private:
  python::Ref task_;           // asyncio.Task
  python::Ref task_keywords_;  // names of its arguments after the coroutine
  python::Ref task_option_;    // value of the last of them
  python::Ref create_future_;  // method of the loop
};

}  // namespace monoceros::asgi
