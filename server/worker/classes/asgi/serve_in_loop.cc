// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/asgi/serve_in_loop.h"

#include <optional>
#include <utility>

#include "worker/asgi/application.h"
#include "worker/classes/asgi/exchanges.h"
#include "worker/classes/asgi/lifespan.h"
#include "worker/classes/interrupts.h"
#include "worker/classes/loop/loop_server.h"
#include "worker/classes/loop/waiting_code.h"
#include "worker/classes/loop_meter.h"
#include "worker/python/error.h"
#include "worker/template/orders.h"

namespace monoceros::worker {
namespace {

using python::Ref;

// Whether all went well; false with an exception pending.
bool ServeAndLeave(Worker& worker, LoopServer& server, AsgiExchanges& exchanges,
                   Lifespan& lifespan) {
  worker.control().SendReady();
  if (!server.Run(exchanges)) return false;
  // Nobody is left who would end a shutdown that hangs.
  if (!worker.orphaned()) lifespan.Shutdown();
  return true;
}

void CloseLoop(const Ref& module, const Ref& loop) {
  const Ref raised = python::TakeException();
  Ref::Steal(PyObject_CallMethod(module.get(), "close", "(O)", loop.get())).Reset();
  PyErr_Clear();
  python::RaiseAgain(raised);
}

}  // namespace

Served ServeInLoop(Worker& worker, const StartOrder& start, LoopApplication served) {
  const Ref& module = served.module;
  const Ref loop =
      Ref::Steal(PyObject_CallMethod(module.get(), "make_loop", "s", start.asgi_loop.c_str()));
  asgi::Application application;
  application.on_leave = std::move(served.on_leave);
  if (!loop || !application.Prepare(std::move(served.callable), loop, served.root_path)) {
    return Served::kRaised;
  }
  LoopMeter meter(worker.worker_row(), worker.row(0), worker.stamp(0), worker.canary(),
                  worker.accounting(), LetLoopTell(worker, module, loop));
  Lifespan lifespan(worker, module, application, served.lifespan);
  if (const std::optional<std::string> failure = lifespan.Start()) {
    worker.control().SendFailed(*failure);
    return Served::kNotStarted;
  }
  asgi::Settings settings = start.asgi;
  settings.websockets = served.websockets;
  LoopServer server(worker, loop, meter);
  AsgiExchanges exchanges(worker, application, settings, server);
  Interrupts interrupts(worker, server);
  const bool well = interrupts.Listen() && ServeAndLeave(worker, server, exchanges, lifespan);
  CloseLoop(module, loop);
  return well ? Served::kWell : Served::kRaised;
}

}  // namespace monoceros::worker
