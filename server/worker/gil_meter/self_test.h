// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

namespace monoceros::gil_meter {

// Contends once for the GIL, held by the caller, and looks at what was counted. Empty, or what is
// wrong.
std::string SelfTest();

}  // namespace monoceros::gil_meter
