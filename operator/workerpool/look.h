// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agents/agents.h"
#include "workerpool/live.h"

namespace monoceros::workerpool {

using SteadyTime = std::chrono::steady_clock::time_point;

// What a pod's agent is asked, and told.
struct LookTarget {
  std::string uid;
  std::string pod;  // its name
  std::string address;
  int64_t restarts = 0;
  // The live values that it is to have; none: it is only looked at.
  std::optional<agents::LiveValues> values;
  uint64_t revision = 0;
};

// What came of one visit.
struct Visit {
  std::optional<agents::PodState> state;    // none: `error` says why
  std::optional<agents::AgentError> error;  // of the question or the push
};

// What is remembered of a pod between visits. Lost with the process and learnt anew.
struct Look {
  std::optional<agents::PodState> state;  // the last
  std::string unreachable;                // why there was no answer; empty: there was
  std::optional<Refusal> refusal;         // the last
  bool visiting = false;
  SteadyTime due{};       // for the next visit
  int failures = 0;       // in a row
  uint64_t revision = 0;  // that it was to have at the last visit
  int64_t restarts = 0;
};
using Looks = std::map<std::string, Look>;  // by the pod's uid

// Whether the pod has the revision.
bool HasConverged(const Look& look, uint64_t revision);
// Whether a visit is to push the target's values to a pod with this state.
bool NeedsPush(const LookTarget& target, const agents::PodState& state);
// Whether it is time for a visit: it is due, or the pod is to have something new, or restarted.
bool IsDue(const Look& look, const LookTarget& target, SteadyTime now);
// Notes what came of a visit, and when the next is due: 15 s after all was well, 2 s while a change
// is under way, 2 s doubling to 30 s after failures.
void Settle(Look& look, const LookTarget& target, const Visit& visit, SteadyTime now);

}  // namespace monoceros::workerpool
