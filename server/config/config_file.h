// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "config/assignment.h"
#include "config/environment.h"

namespace monoceros::config {

// The settings of the file that `argument` (-c) or else MONOCEROS_CONFIG names, or of
// monoceros.yaml in the current directory where it exists. Python files are refused, a
// gunicorn.conf.py that Gunicorn would have read by itself too.
base::Result<Assignments> ReadConfigFile(const std::optional<std::string>& argument,
                                         const Environment& environment);

}  // namespace monoceros::config
