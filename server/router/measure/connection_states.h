// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "scoreboard/layout.h"

namespace monoceros::router {

// How many connections are where. Kept beside the scoreboard and copied once a turn, so that a
// change of state costs two additions. One thread.
class ConnectionStates {
 public:
  using State = scoreboard::ConnectionState;

  void Enter(State state) { ++At(state); }
  void Leave(State state) { --At(state); }
  void Publish(scoreboard::RouterRow& row) const {
    for (uint32_t i = 0; i < scoreboard::kConnectionStates; ++i) {
      row.by_state[i].store(counts_[i], std::memory_order_relaxed);
    }
    row.upgraded.store(counts_[static_cast<uint32_t>(State::kUpgraded)], std::memory_order_relaxed);
  }

 private:
  uint32_t& At(State state) { return counts_[static_cast<uint32_t>(state)]; }

  std::array<uint32_t, scoreboard::kConnectionStates + 1> counts_{};
};

}  // namespace monoceros::router
