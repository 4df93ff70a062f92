// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace monoceros::workerpool {

// Tells two texts apart: 16 hexadecimal digits.
std::string Digest(const std::string& text);

}  // namespace monoceros::workerpool
