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

int ExitStatus(Served served) {
  if (served == Served::kRaised) return kRaised;
  return served == Served::kWell ? 0 : kImportFailed;
}

bool MakeApplication(Worker& worker, const StartOrder& start, python::Ref callable,
                     bool multithread) {
  worker.application.callable = std::move(callable);
  worker.application.sendfile = start.sendfile;
  return wsgi::MakeTypes(worker.application.types) &&
         worker.application.environ.Make(worker.application.types, multithread);
}

int ServeWsgi(Worker& worker, const StartOrder& start, python::Ref application, bool threaded) {
  if (!MakeApplication(worker, start, std::move(application), threaded)) return kRaised;
  worker.control().SendReady();
  const bool served = threaded ? ServeGthread(worker) : ServeSync(worker);
  return served ? 0 : kRaised;
}

int Serve(Worker& worker, const StartOrder& start, python::Ref application,
          const std::string& worker_class) {
  if (!application) {
    base::Result<python::Ref> loaded = LoadApplication(start);
    if (!loaded) {
      worker.control().SendFailed(loaded.error().message);
      return kImportFailed;
    }
    application = std::move(*loaded);
  }
  if (worker_class == "asgi") return ExitStatus(ServeAsgi(worker, start, std::move(application)));
  return ServeWsgi(worker, start, std::move(application), worker_class == "gthread");
}

}  // namespace

int RunWorker(const StartOrder& start, ForkOrder order, const Accounting& accounting,
              python::Ref application, base::Logger& logger) {
  const std::string worker_class = order.worker_class;
  try {
    Worker worker(start, std::move(order), logger);
    worker.Account(accounting);
    return Serve(worker, start, std::move(application), worker_class);
  } catch (const std::exception& error) {
    logger.Critical("the worker cannot run: {}", error.what());
    return kImportFailed;
  }
}

}  // namespace monoceros::worker
