// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"

#include "worker/classes/asgi/serve_in_loop.h"
#include "worker/template/orders.h"

namespace monoceros::worker {

using python::Ref;

Served ServeTornado(Worker& worker, const StartOrder& start, Ref callable) {
  Ref module = Ref::Steal(PyImport_ImportModule("monoceros._tornado"));
  Ref leave = module ? Ref::Steal(PyObject_GetAttrString(callable.get(), "leave")) : Ref();
  if (!leave) return Served::kRaised;
  return ServeInLoop(worker, start,
                     {.module = std::move(module),
                      .callable = std::move(callable),
                      .on_leave = std::move(leave),
                      .root_path = {},
                      .lifespan = "off",
                      .websockets = false});
}

}  // namespace monoceros::worker
