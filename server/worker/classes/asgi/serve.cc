// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/serve.h"

#include "worker/asgi/application.h"
#include "worker/classes/asgi/exchanges.h"
#include "worker/classes/asgi/lifespan.h"
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

Served ServeAsgi(Worker& worker, const StartOrder& start, Ref callable) {
  const Ref module = Ref::Steal(PyImport_ImportModule("monoceros._asgi"));
  if (!module) return Served::kRaised;
  const Ref loop =
      Ref::Steal(PyObject_CallMethod(module.get(), "make_loop", "s", start.asgi_loop.c_str()));
  asgi::Application application;
  if (!loop || !application.Prepare(std::move(callable), loop, start.root_path)) {
    return Served::kRaised;
  }
  LoopMeter meter(worker.worker_row(), worker.row(0), worker.stamp(0), worker.canary(),
                  worker.accounting(), LetLoopTell(worker, module, loop));
  Lifespan lifespan(worker, module, application, start.asgi_lifespan);
  if (const std::optional<std::string> failure = lifespan.Start()) {
    worker.control().SendFailed(*failure);
    return Served::kNotStarted;
  }
  LoopServer server(worker, loop, meter);
  AsgiExchanges exchanges(worker, application, server);
  const bool served = ServeAndLeave(worker, server, exchanges, lifespan);
  CloseLoop(module, loop);
  return served ? Served::kWell : Served::kRaised;
}

}  // namespace monoceros::worker
