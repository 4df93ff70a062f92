// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "worker/classes/serve.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// What an event loop of asyncio serves, and how.
struct LoopApplication {
  python::Ref module;    // of this package; has make_loop, waiter, close and Lifespan of _asgi
  python::Ref callable;  // ASGI
  python::Ref on_leave;  // as in asgi::Application
  std::string root_path;
  std::string lifespan;  // as the setting asgi_lifespan
  bool websockets;       // as in asgi::Settings
};

// What a Class's serve is to do (classes/serve.h), in a new loop of the setting asgi_loop.
Served ServeInLoop(Worker& worker, const StartOrder& start, LoopApplication served);

}  // namespace monoceros::worker
