// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "workerpool/picture.h"

namespace monoceros::workerpool {

struct Condition {
  std::string type;
  std::string status;  // "True", "False", "Unknown"
  std::string reason;  // CamelCase
  std::string message;
};

// Ready, Progressing, Degraded and LiveConverged, in this order. Pure.
std::vector<Condition> ConditionsOf(const Picture& picture);

}  // namespace monoceros::workerpool
