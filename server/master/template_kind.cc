// SPDX-License-Identifier: Apache-2.0
#include "master/template_kind.h"

#include <fmt/format.h>

#include "config/worker_class.h"

namespace monoceros::master {

bool ShareTemplate(const config::Settings& one, const config::Settings& other) {
  const config::WorkerClass& left = config::WorkerClassNamed(one.worker_class);
  const config::WorkerClass& right = config::WorkerClassNamed(other.worker_class);
  return left.asgi == right.asgi && left.patch == right.patch;
}

base::Result<void> HasApplication(const config::Settings& configured,
                                  const config::Settings& wanted) {
  const bool asgi = config::RunsAsgi(wanted.worker_class);
  if (asgi == config::RunsAsgi(configured.worker_class)) return {};
  if (asgi && configured.asgi_app.empty()) {
    return base::Fail(
        fmt::format("worker_class: {} needs an ASGI application, and {} is configured for {}, "
                    "which runs WSGI: set asgi_app in the configuration and reload",
                    wanted.worker_class, configured.application, configured.worker_class));
  }
  if (!asgi && configured.asgi_app.empty()) {
    return base::Fail(
        fmt::format("worker_class: {} needs a WSGI application, and {} is configured for {}, "
                    "which runs ASGI: set it as asgi_app and the WSGI application as wsgi_app "
                    "in the configuration and reload",
                    wanted.worker_class, configured.application, configured.worker_class));
  }
  if (!asgi && configured.application.empty()) {
    return base::Fail(
        fmt::format("worker_class: {} needs a WSGI application: set wsgi_app in the "
                    "configuration and reload",
                    wanted.worker_class));
  }
  return {};
}

}  // namespace monoceros::master
