// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "worker/classes/serve.h"

namespace monoceros::worker {
namespace {

constexpr std::array<Class, 6> kClasses = {{
    {.name = "sync", .resizable = false, .loop = false, .patch = nullptr, .serve = ServeSync},
    {.name = "gthread", .resizable = true, .loop = false, .patch = nullptr, .serve = ServeGthread},
    {.name = "gevent",
     .resizable = false,
     .loop = true,
     .patch = "monoceros._gevent",
     .serve = ServeGevent},
    {.name = "eventlet",
     .resizable = false,
     .loop = true,
     .patch = "monoceros._eventlet",
     .serve = ServeEventlet},
    {.name = "asgi", .resizable = false, .loop = true, .patch = nullptr, .serve = ServeAsgi},
    {.name = "tornado", .resizable = false, .loop = true, .patch = nullptr, .serve = ServeTornado},
}};

}  // namespace

const Class* FindClass(std::string_view name) {
  const auto* const found = std::ranges::find(kClasses, name, &Class::name);
  return found == kClasses.end() ? nullptr : found;
}

bool PrepareWsgi(Worker& worker, const StartOrder& start, python::Ref callable, bool multithread) {
  worker.application.callable = std::move(callable);
  worker.application.sendfile = start.sendfile;
  return wsgi::MakeTypes(worker.application.types) &&
         worker.application.environ.Make(worker.application.types, multithread);
}

}  // namespace monoceros::worker
