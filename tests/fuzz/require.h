// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

namespace monoceros::fuzz {

// A property that must hold for every input; libFuzzer reports the abort with the input.
inline void Require(bool condition, const char* property) {
  if (condition) return;
  std::fprintf(stderr, "property violated: %s\n", property);
  std::abort();
}

}  // namespace monoceros::fuzz
