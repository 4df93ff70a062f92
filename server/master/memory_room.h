// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace monoceros::master {

// What decides whether one more worker fits, in bytes; 0: not known, or no limit.
struct MemoryUse {
  uint64_t used = 0;    // the cgroup's working set
  uint64_t limit = 0;   // of the cgroup
  uint64_t worker = 0;  // what the greatest worker takes for itself (PSS)
};

// How many of `surge` replacements may run beside those they replace: as many as stay under 90 % of
// the limit. 0: one has to leave first. Pure.
int AdmittedSurge(int surge, const MemoryUse& use);

}  // namespace monoceros::master
