// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/run.h"

#include <exception>
#include <string>

#include "worker/classes/serve.h"
#include "worker/classes/worker.h"
#include "worker/python/error.h"
#include "worker/template/application.h"

namespace monoceros::worker {
namespace {

constexpr int kImportFailed = 3;
constexpr int kRaised = -1;

bool IsThreaded(const std::string& worker_class) { return worker_class == "gthread"; }

bool MakeApplication(Worker& worker, const StartOrder& start, python::Ref callable,
                     bool multithread) {
  worker.application.callable = std::move(callable);
  worker.application.sendfile = start.sendfile;
  return wsgi::MakeTypes(worker.application.types) &&
         worker.application.environ.Make(worker.application.types, multithread);
}

int Serve(Worker& worker, const StartOrder& start, python::Ref application, bool threaded) {
  if (!application) {
    base::Result<python::Ref> loaded = LoadApplication(start);
    if (!loaded) {
      worker.control().SendFailed(loaded.error().message);
      return kImportFailed;
    }
    application = std::move(*loaded);
  }
  if (!MakeApplication(worker, start, std::move(application), threaded)) return kRaised;
  worker.control().SendReady();
  const bool served = threaded ? ServeGthread(worker) : ServeSync(worker);
  return served ? 0 : kRaised;
}

}  // namespace

int RunWorker(const StartOrder& start, ForkOrder order, const Accounting& accounting,
              python::Ref application, base::Logger& logger) {
  const bool threaded = IsThreaded(order.worker_class);
  try {
    Worker worker(start, std::move(order), logger);
    worker.Account(accounting);
    return Serve(worker, start, std::move(application), threaded);
  } catch (const std::exception& error) {
    logger.Critical("the worker cannot run: {}", error.what());
    return kImportFailed;
  }
}

}  // namespace monoceros::worker
