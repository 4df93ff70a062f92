// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/settings.h"

namespace monoceros::config {

// Our name ("sync", "gthread", "asgi", "tornado") of a worker class given by our or by Gunicorn's
// name. The error says whether the class is known but not supported, or a class of somebody's own.
base::Result<std::string> ResolveWorkerClass(std::string_view name);

// What the master has to know of a class; how it runs is written in server/worker/classes.
struct WorkerClass {
  std::string_view name;
  bool asgi;  // runs asgi_app; otherwise wsgi_app, which is WSGI or, for tornado, Tornado's own
  // Takes a request while its body still arrives; otherwise the router gives it whole bodies only.
  bool open_bodies;
  bool loop;  // one thread with an event loop, woken by its bell; otherwise threads on futexes
  // Classes with the same word can be forked from one template. "" for those that leave the
  // interpreter as it is, else the library that patches it before the application is imported.
  std::string_view patch;
};

// The class of ours with that name; every name that ResolveWorkerClass gives has one.
const WorkerClass& WorkerClassNamed(std::string_view name);

// Whether workers of this class of ours run ASGI applications; all others run WSGI.
bool RunsAsgi(std::string_view worker_class);

// The application that workers of the wanted class run; empty when there is none.
const std::string& ApplicationOf(const Settings& settings);

}  // namespace monoceros::config
