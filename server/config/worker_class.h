// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace monoceros::config {

// Our name ("sync", "gthread") of a worker class given by our or by Gunicorn's name. The error says
// whether the class is known but not supported, or a class of somebody's own.
base::Result<std::string> ResolveWorkerClass(std::string_view name);

}  // namespace monoceros::config
