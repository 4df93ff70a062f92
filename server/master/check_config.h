// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/settings.h"
#include "master/process_spawner.h"

namespace monoceros::master {

// Imports the application in a template, as serving would, and lets it go. Returns 0, or 1 after
// it has written to standard error what is wrong (the application's traceback). Blocks at most
// boot_timeout. Throws base::SystemError.
int CheckConfig(const config::Settings& settings, const ProcessSpawner& spawner);

}  // namespace monoceros::master
