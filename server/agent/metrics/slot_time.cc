// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/slot_time.h"

#include "agent/metrics/load.h"

namespace monoceros::agent {

void SlotTime::Observe(const scoreboard::Snapshot& now) {
  const auto places = static_cast<double>(ServingPlaces(now));
  if (at_ != 0 && now.taken_at > at_) {
    seconds_ += (places_ + places) / 2 * base::ToSeconds(now.taken_at - at_);
  }
  places_ = places;
  at_ = now.taken_at;
}

}  // namespace monoceros::agent
