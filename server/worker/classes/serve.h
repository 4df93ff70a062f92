// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/classes/worker.h"

namespace monoceros::worker {

// A blocking class looks at least this often whether a signal came.
inline constexpr int kLookMilliseconds = 1000;

// One function per worker class, in classes/<class>/serve.cc: serves until the master says stop or
// is gone. Called by the main thread with the GIL and a ready application. False with an exception
// pending when one of the application's signal handlers raised it.
bool ServeSync(Worker& worker);
bool ServeGthread(Worker& worker);

// What became of a worker that brings its application up itself.
enum class Served {
  kWell,
  kNotStarted,  // the application's startup failed; the master has been told
  kRaised,      // an exception is pending
};
// Class asgi: the lifespan comes before "ready" and after the last request.
Served ServeAsgi(Worker& worker, const StartOrder& start, python::Ref callable);

}  // namespace monoceros::worker
