// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "config/assignment.h"
#include "config/environment.h"

namespace monoceros::config {

// The settings of MONOCEROS_<SETTING> variables, and before them those of the few variables that
// other servers read too (WEB_CONCURRENCY, PORT, SENDFILE). An unknown MONOCEROS_ variable is an
// error, unless it is one that Kubernetes makes for a Service of that name.
base::Result<Assignments> ReadEnvironment(const Environment& environment);

}  // namespace monoceros::config
