// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/run.h"

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include "worker/classes/free_threading.h"
#include "worker/classes/serve.h"
#include "worker/classes/worker.h"
#include "worker/python/error.h"
#include "worker/template/application.h"
#include "worker/template/patch.h"

namespace monoceros::worker {
namespace {

constexpr int kImportFailed = 3;
constexpr int kRaised = -1;

int ExitStatus(Served served) {
  if (served == Served::kRaised) return kRaised;
  return served == Served::kWell ? 0 : kImportFailed;
}

int Serve(Worker& worker, const Class& kind, const StartOrder& start, python::Ref application) {
  base::Result<python::Ref> loaded =
      application ? base::Result<python::Ref>(std::move(application))
                  : PatchFor(kind, start.patch_except, worker.logger()).and_then([&start] {
                      return LoadApplication(start);
                    });
  base::Result<python::Ref> adapted =
      loaded
          .and_then(
              [&kind](const python::Ref& found) { return AdaptApplication(found, kind.name); })
          .and_then([&kind](python::Ref callable) {
            return PrepareGil(kind).map([&] { return std::move(callable); });
          });
  if (!adapted) {
    worker.control().SendFailed(adapted.error().message);
    return kImportFailed;
  }
  TellGil(kind, worker);
  return ExitStatus(kind.serve(worker, start, std::move(*adapted)));
}

}  // namespace

int RunWorker(const StartOrder& start, ForkOrder order, const Accounting& accounting,
              python::Ref application, base::Logger& logger) {
  const Class* const kind = FindClass(order.worker_class);
  try {
    if (kind == nullptr) throw std::runtime_error("no worker class " + order.worker_class);
    // On the heap: where requests run in greenlets, this stack is swapped out while they do.
    const auto worker = std::make_unique<Worker>(*kind, start, std::move(order), logger);
    worker->Account(accounting);
    return Serve(*worker, *kind, start, std::move(application));
  } catch (const std::exception& error) {
    logger.Critical("the worker cannot run: {}", error.what());
    return kImportFailed;
  }
}

}  // namespace monoceros::worker
