// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/green/serve.h"

#include <unistd.h>

#include <memory>

#include "worker/classes/forked_child.h"
#include "worker/classes/green/exchanges.h"
#include "worker/classes/green/greenlets.h"
#include "worker/classes/interrupts.h"
#include "worker/classes/loop/loop_server.h"
#include "worker/classes/loop/waiting_code.h"
#include "worker/classes/loop_meter.h"
#include "worker/python/error.h"
#include "worker/template/application.h"

namespace monoceros::worker {
namespace {

using python::Ref;

// On the heap: greenlets and their hub use it while the stack of the main greenlet is swapped out.
struct Serving {
  Serving(Worker& worker, const Ref& module, Greenlets opened)
      : greenlets(std::move(opened)),
        meter(worker.worker_row(), worker.row(0), worker.stamp(0), worker.canary(),
              worker.accounting(), LetLoopTell(worker, module, greenlets.loop())),
        server(worker, greenlets.loop(), meter),
        exchanges(worker, greenlets, server),
        interrupts(worker, server) {}

  const Greenlets greenlets;
  LoopMeter meter;
  LoopServer server;
  GreenExchanges exchanges;
  Interrupts interrupts;
};

// Nobody is left who would end a request that hangs, and none may outlive what it uses.
void EndTheRest(Worker& worker, Serving& serving, bool served) {
  if (serving.exchanges.quiet()) return;
  serving.exchanges.Kill();
  if (serving.exchanges.quiet()) return;
  if (!served) worker.logger().Error("{}", python::Describe(python::TakeException()));
  FlushStreams();
  ::_exit(served ? 0 : 1);
}

}  // namespace

Served ServeGreen(Worker& worker, const StartOrder& start, Ref callable, const char* module_name) {
  const Ref module = Ref::Steal(PyImport_ImportModule(module_name));
  Greenlets greenlets;
  if (!module || !greenlets.Open(module) ||
      !PrepareWsgi(worker, start, std::move(callable), /*multithread=*/true)) {
    return Served::kRaised;
  }
  worker.application.killed = greenlets.killed();
  const auto serving = std::make_unique<Serving>(worker, module, std::move(greenlets));
  if (!serving->interrupts.Listen()) return Served::kRaised;
  worker.control().SendReady();
  const bool served = serving->server.Run(serving->exchanges);
  if (worker.canary().InChild()) LeaveForkedChild();
  EndTheRest(worker, *serving, served);
  return served ? Served::kWell : Served::kRaised;
}

}  // namespace monoceros::worker
