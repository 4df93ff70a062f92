// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "worker/classes/serve.h"

namespace monoceros::worker {

// Prepares the interpreter for workers of class `kind`, before the application is imported; again
// it does nothing. `except` names what stays as it is, separated by commas. What the class has to
// say of it is logged; the error is for people. Needs the GIL.
base::Result<void> PatchFor(const Class& kind, const std::string& except, base::Logger& logger);

}  // namespace monoceros::worker
