// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"

#include "worker/classes/asgi/serve_in_loop.h"
#include "worker/template/orders.h"

namespace monoceros::worker {

using python::Ref;

Served ServeAsgi(Worker& worker, const StartOrder& start, Ref callable) {
  Ref module = Ref::Steal(PyImport_ImportModule("monoceros._asgi"));
  if (!module) return Served::kRaised;
  return ServeInLoop(worker, start,
                     {.module = std::move(module),
                      .callable = std::move(callable),
                      .on_leave = {},
                      .root_path = start.root_path,
                      .lifespan = start.asgi_lifespan,
                      .websockets = true});
}

}  // namespace monoceros::worker
