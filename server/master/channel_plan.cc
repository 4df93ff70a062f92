// SPDX-License-Identifier: Apache-2.0
#include "master/channel_plan.h"

#include <algorithm>

namespace monoceros::master {

WorkerProfile ProfileOf(const std::string& worker_class, int threads) {
  if (worker_class == "sync") return {1, 1, TimeoutRule::kRequestAge};
  const auto count = static_cast<uint32_t>(std::max(threads, 1));
  return {count, count, TimeoutRule::kGilStarved};
}

channel::Shape ShapeFor(const WorkerProfile& profile) {
  constexpr uint32_t kSpareSlots = 8;
  constexpr uint32_t kMaxSlots = 4096;
  channel::Shape shape;
  shape.threads = profile.threads;
  shape.slots = std::min(profile.capacity + std::max(profile.capacity, kSpareSlots), kMaxSlots);
  shape.request_blocks = std::max(64U, 2 * shape.slots);
  shape.response_blocks = std::max(256U, 4 * shape.slots);
  return shape;
}

}  // namespace monoceros::master
