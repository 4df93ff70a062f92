// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string_view>

#include "worker/classes/worker.h"

namespace monoceros::worker {

// A blocking class looks at least this often whether a signal came.
inline constexpr int kLookMilliseconds = 1000;

// What became of a worker.
enum class Served {
  kWell,
  kNotStarted,  // the application's startup failed; the master has been told
  kRaised,      // an exception is pending: one of the application's signal handlers raised it
};

// A worker class as a worker process sees it.
struct Class {
  const char* name;
  bool resizable;  // its number of threads can change while it runs
  bool loop;       // its one thread turns an event loop; no thread waits on the channel
  // The Python module whose patch() prepares the interpreter before the application is imported;
  // null when the interpreter stays as it is.
  const char* patch;
  // Says "ready" when the application is, and serves until the master says stop or is gone. Called
  // by the main thread with the GIL.
  Served (*serve)(Worker& worker, const StartOrder& start, python::Ref callable);
};

// The class with that name; null when there is none.
const Class* FindClass(std::string_view name);

// One function per worker class, in classes/<class>/serve.cc.
Served ServeSync(Worker& worker, const StartOrder& start, python::Ref callable);
Served ServeGthread(Worker& worker, const StartOrder& start, python::Ref callable);
// The lifespan comes before "ready" and after the last request.
Served ServeAsgi(Worker& worker, const StartOrder& start, python::Ref callable);
// `callable` is what AdaptApplication gives: a monoceros._tornado.Adapter.
Served ServeTornado(Worker& worker, const StartOrder& start, python::Ref callable);
Served ServeGevent(Worker& worker, const StartOrder& start, python::Ref callable);
Served ServeEventlet(Worker& worker, const StartOrder& start, python::Ref callable);

// Makes `callable` the WSGI application of the worker; `multithread` as in its environ (PEP 3333).
// False with an exception pending.
bool PrepareWsgi(Worker& worker, const StartOrder& start, python::Ref callable, bool multithread);

}  // namespace monoceros::worker
