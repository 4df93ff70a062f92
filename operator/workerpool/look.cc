// SPDX-License-Identifier: Apache-2.0
#include "workerpool/look.h"

#include <algorithm>

namespace monoceros::workerpool {
namespace {

using agents::AgentError;
using std::chrono::seconds;

constexpr seconds kInterval{15};
constexpr seconds kSoon{2};
constexpr seconds kLongest{30};
constexpr int kMostDoublings = 4;

seconds BackOff(int failures) {
  return std::min(kLongest, kSoon * (1 << std::min(failures - 1, kMostDoublings)));
}

bool IsUnderWay(const Look& look, const LookTarget& target) {
  return look.state->live_state == "progressing" || look.state->state == "starting" ||
         (target.values && look.state->live_revision < target.revision);
}

}  // namespace

bool HasConverged(const Look& look, uint64_t revision) {
  return look.state && look.state->live_revision >= revision &&
         look.state->live_state == "converged";
}

bool NeedsPush(const LookTarget& target, const agents::PodState& state) {
  return target.values && state.live_revision < target.revision;
}

bool IsDue(const Look& look, const LookTarget& target, SteadyTime now) {
  if (look.visiting) return false;
  return now >= look.due || target.revision > look.revision || target.restarts != look.restarts;
}

void Settle(Look& look, const LookTarget& target, const Visit& visit, SteadyTime now) {
  look.visiting = false;
  look.revision = target.revision;
  look.restarts = target.restarts;
  if (visit.state) look.state = visit.state;
  if (!visit.error) {
    look.unreachable.clear();
    look.failures = 0;
    look.due = now + (IsUnderWay(look, target) ? kSoon : kInterval);
    return;
  }
  look.due = now + BackOff(++look.failures);
  if (visit.error->kind != AgentError::Kind::kUnreachable) {
    look.unreachable.clear();
    look.refusal = Refusal{target.pod, target.revision, visit.error->message};
  } else if (look.unreachable.empty()) {
    // The first words stay: later ones that say the same in other words are no news.
    look.unreachable = visit.error->message;
  }
}

}  // namespace monoceros::workerpool
