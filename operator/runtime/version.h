// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace monoceros::runtime {

// Of this build: "0.1.0".
const char* Version();

}  // namespace monoceros::runtime
