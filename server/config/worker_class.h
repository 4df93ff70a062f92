// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/settings.h"

namespace monoceros::config {

// Our name ("sync", "gthread", "asgi") of a worker class given by our or by Gunicorn's name. The
// error says whether the class is known but not supported, or a class of somebody's own.
base::Result<std::string> ResolveWorkerClass(std::string_view name);

// Whether workers of this class of ours run ASGI applications; all others run WSGI.
bool RunsAsgi(std::string_view worker_class);

// The application that workers of the wanted class run; empty when there is none.
const std::string& ApplicationOf(const Settings& settings);

}  // namespace monoceros::config
