// SPDX-License-Identifier: Apache-2.0
#include "master/memory_room.h"

#include <algorithm>

namespace monoceros::master {

int AdmittedSurge(int surge, const MemoryUse& use) {
  if (use.limit == 0 || use.worker == 0) return surge;
  const uint64_t ceiling = use.limit / 10 * 9;
  if (use.used >= ceiling) return 0;
  const uint64_t room = (ceiling - use.used) / use.worker;
  return static_cast<int>(std::min(room, static_cast<uint64_t>(std::max(surge, 0))));
}

}  // namespace monoceros::master
