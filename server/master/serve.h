// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/result.h"
#include "config/settings.h"
#include "master/process_spawner.h"

namespace monoceros::master {

// Opens logs and sockets and runs the arbiter until the server has ended. Returns the exit status;
// what went wrong is in the error log (on standard error when that cannot be opened). Throws
// base::SystemError when the machine does not allow the server to start.
int Serve(const config::Settings& settings,
          std::function<base::Result<config::Settings>()> reload_settings,
          const ProcessSpawner& spawner);

}  // namespace monoceros::master
