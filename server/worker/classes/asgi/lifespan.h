// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <optional>
#include <string>

#include "worker/asgi/application.h"
#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// The lifespan of an ASGI application in one worker; the protocol itself is
// python/monoceros/_asgi.py. Needs the GIL, and runs the loop.
class Lifespan {
 public:
  // All outlive this. `module` is monoceros._asgi, `mode` the setting asgi_lifespan.
  Lifespan(Worker& worker, const python::Ref& module, asgi::Application& application,
           const std::string& mode);

  // The application's startup; requests get copies of its state from then on. What went wrong, for
  // people, or nothing.
  std::optional<std::string> Start();
  // Its shutdown. What goes wrong is logged.
  void Shutdown();

 private:
  // What `method` says went wrong, or nothing.
  std::optional<std::string> Call(const char* method);

  Worker& worker_;
  asgi::Application& application_;
  python::Ref state_;   // dict
  python::Ref object_;  // monoceros._asgi.Lifespan; none: it could not be made
};

}  // namespace monoceros::worker
