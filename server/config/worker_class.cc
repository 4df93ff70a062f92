// SPDX-License-Identifier: Apache-2.0
#include "config/worker_class.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace monoceros::config {
namespace {

constexpr std::array<WorkerClass, 6> kClasses = {{
    {.name = "sync", .asgi = false, .open_bodies = false, .loop = false, .patch = ""},
    {.name = "gthread", .asgi = false, .open_bodies = false, .loop = false, .patch = ""},
    {.name = "gevent", .asgi = false, .open_bodies = false, .loop = true, .patch = "gevent"},
    {.name = "eventlet", .asgi = false, .open_bodies = false, .loop = true, .patch = "eventlet"},
    {.name = "asgi", .asgi = true, .open_bodies = true, .loop = true, .patch = ""},
    {.name = "tornado", .asgi = false, .open_bodies = true, .loop = true, .patch = ""},
}};

struct Alias {
  std::string_view given;
  const char* name;
};

constexpr std::array<Alias, 25> kSupported = {
    {{"sync", "sync"},
     {"gthread", "gthread"},
     {"gunicorn.workers.sync.SyncWorker", "sync"},
     {"gunicorn.workers.gthread.ThreadWorker", "gthread"},
     {"egg:gunicorn#sync", "sync"},
     {"egg:gunicorn#gthread", "gthread"},
     {"asgi", "asgi"},
     {"uvicorn", "asgi"},
     {"uvloop", "asgi"},
     {"gunicorn.workers.gasgi.ASGIWorker", "asgi"},
     {"uvicorn.workers.UvicornWorker", "asgi"},
     {"uvicorn_worker.UvicornWorker", "asgi"},
     {"tornado", "tornado"},
     {"gunicorn.workers.gtornado.TornadoWorker", "tornado"},
     {"egg:gunicorn#tornado", "tornado"},
     {"gevent", "gevent"},
     {"gevent_wsgi", "gevent"},
     {"gevent_pywsgi", "gevent"},
     {"gunicorn.workers.ggevent.GeventWorker", "gevent"},
     {"gunicorn.workers.ggevent.GeventPyWSGIWorker", "gevent"},
     {"gunicorn.workers.ggevent.PyWSGIWorker", "gevent"},
     {"egg:gunicorn#gevent", "gevent"},
     {"eventlet", "eventlet"},
     {"gunicorn.workers.geventlet.EventletWorker", "eventlet"},
     {"egg:gunicorn#eventlet", "eventlet"}}};

constexpr std::array<std::string_view, 2> kKnown = {"uvicorn.workers.UvicornH11Worker",
                                                    "uvicorn_worker.UvicornH11Worker"};

constexpr std::string_view kAllowed = "sync, gthread, gevent, eventlet, asgi or tornado";

}  // namespace

const WorkerClass& WorkerClassNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kClasses, name, &WorkerClass::name);
  if (found == kClasses.end()) std::abort();
  return *found;
}

bool RunsAsgi(std::string_view worker_class) { return WorkerClassNamed(worker_class).asgi; }

const std::string& ApplicationOf(const Settings& settings) {
  const bool own = RunsAsgi(settings.worker_class) && !settings.asgi_app.empty();
  return own ? settings.asgi_app : settings.application;
}

base::Result<std::string> ResolveWorkerClass(std::string_view name) {
  for (const Alias& alias : kSupported) {
    if (name == alias.given) return std::string(alias.name);
  }
  for (const std::string_view known : kKnown) {
    if (name == known) {
      return base::Fail(fmt::format(
          "this worker class is known but not supported in this release; use {}", kAllowed));
    }
  }
  if (name.find('.') != std::string_view::npos) {
    return base::Fail(fmt::format(
        "worker classes written in Python cannot be used, because requests are handled outside "
        "Python; use {}",
        kAllowed));
  }
  return base::Fail(fmt::format("there is no such worker class; use {}", kAllowed));
}

}  // namespace monoceros::config
