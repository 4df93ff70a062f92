// SPDX-License-Identifier: Apache-2.0
#include "master/plan.h"

#include <algorithm>

namespace monoceros::master {
namespace {

using Phase = PlannedWorker::Phase;

struct Split {
  int leaving = 0;
  std::vector<PlannedWorker> fresh;     // those that are meant to stay
  std::vector<PlannedWorker> outdated;  // those that serve until replaced
};

Split SplitByAge(const Observed& observed) {
  Split split;
  for (const PlannedWorker& worker : observed.workers) {
    if (worker.phase == Phase::kLeaving) {
      ++split.leaving;
      continue;
    }
    const bool outdated = worker.generation < observed.generation || worker.wants_replacement;
    (outdated ? split.outdated : split.fresh).push_back(worker);
  }
  return split;
}

int CountReady(const std::vector<PlannedWorker>& workers) {
  return static_cast<int>(std::ranges::count(workers, Phase::kReady, &PlannedWorker::phase));
}

// Starting workers serve nobody, so they leave before any that is ready.
std::vector<PlannedWorker> InOrderOfLeaving(std::vector<PlannedWorker> workers) {
  std::ranges::sort(workers, [](const PlannedWorker& a, const PlannedWorker& b) {
    if (a.phase != b.phase) return a.phase < b.phase;
    return a.incarnation < b.incarnation;
  });
  return workers;
}

void RetireFirst(const std::vector<PlannedWorker>& candidates, int count, Actions& actions) {
  for (const PlannedWorker& worker : candidates) {
    if (count-- <= 0) return;
    actions.retire.push_back(worker.incarnation);
  }
}

int CountToStart(const Observed& observed, const Split& split) {
  if (!observed.may_start) return 0;
  if (observed.surge == 0 && split.leaving > 0) return 0;
  const int fresh = static_cast<int>(split.fresh.size());
  const int all = fresh + static_cast<int>(split.outdated.size());
  const int missing = observed.wanted - fresh;
  const int room = observed.wanted + observed.surge - all;
  return std::max(0, std::min(missing, room));
}

// There is no room for a replacement beside the worker that it replaces, and none is on its way.
bool MustMakeRoom(const Observed& observed, const Split& split) {
  const int fresh = static_cast<int>(split.fresh.size());
  const int all = fresh + static_cast<int>(split.outdated.size());
  return observed.surge == 0 && observed.may_start && split.leaving == 0 &&
         all == observed.wanted && fresh < all && CountReady(split.fresh) == fresh;
}

}  // namespace

Actions Plan(const Observed& observed) {
  Actions actions;
  const Split split = SplitByAge(observed);
  actions.start = CountToStart(observed, split);

  const int surplus = static_cast<int>(split.fresh.size()) - observed.wanted;
  RetireFirst(InOrderOfLeaving(split.fresh), surplus, actions);

  const int outdated_starting =
      static_cast<int>(split.outdated.size()) - CountReady(split.outdated);
  const int ready = std::min(CountReady(split.fresh), observed.wanted) + CountReady(split.outdated);
  int spare = std::max(0, ready - observed.wanted);
  if (MustMakeRoom(observed, split)) spare = 1;
  RetireFirst(InOrderOfLeaving(split.outdated), outdated_starting + spare, actions);
  return actions;
}

}  // namespace monoceros::master
