// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

namespace monoceros::runtime {

// Ends the process when what this program itself guarantees does not hold.
inline void Invariant(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "monoceros-operator: broken invariant: %s\n", what);
  std::abort();
}

}  // namespace monoceros::runtime
