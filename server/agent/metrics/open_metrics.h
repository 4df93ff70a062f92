// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/metrics/family.h"

namespace monoceros::agent {

// OpenMetrics 1.0 text. Names of counters end with _total in `exposition`, as in the text format;
// here the family loses it and the sample keeps it (OpenMetrics 1.0, "Counter"). A gauge that ends
// with _info becomes an info family; the unit is taken from the end of the name.
std::string SerializeOpenMetrics(const Exposition& exposition);

}  // namespace monoceros::agent
