// SPDX-License-Identifier: Apache-2.0
#include "master/shutdown.h"

#include <algorithm>

namespace monoceros::master {
namespace {

// What an idle process needs to leave.
constexpr base::Nanoseconds kMoment = base::kNanosecondsPerSecond;

}  // namespace

void Shutdown::Begin(Speed speed, int exit_status, base::Nanoseconds graceful,
                     base::Nanoseconds now) {
  if (!running()) {
    stage_ = Stage::kRouter;
    exit_status_ = exit_status;
  } else if (speed <= speed_) {
    return;
  }
  speed_ = speed;
  if (speed == Speed::kAtOnce) pool_.KillAll();
  if (stage_ != Stage::kRouter) {
    if (stage_ == Stage::kWorkers && speed == Speed::kQuick) StopWorkers(now);
    return leaving_.Hurry(now + kMoment);
  }
  const base::Nanoseconds given = speed == Speed::kGraceful ? graceful : 0;
  router_.Stop(base::ToSeconds(given));
  // The router keeps to its own limit; the moment is for its answer.
  deadline_ = speed == Speed::kAtOnce ? now : now + given + kMoment;
}

void Shutdown::Keep(base::Nanoseconds now) {
  if (stage_ == Stage::kRouter && (router_.drained() || now >= deadline_)) {
    stage_ = Stage::kWorkers;
    StopWorkers(now);
  }
  if (stage_ == Stage::kWorkers && !pool_.empty() && now >= deadline_) {
    pool_.KillAll();
    deadline_ = now + kMoment;
  }
  if (stage_ == Stage::kWorkers && pool_.empty()) {
    stage_ = Stage::kOthers;
    router_.Abandon(now);
  } else if (stage_ == Stage::kOthers) {
    // One turn later, so that the arbiter has let the templates go.
    leaving_.Hurry(now + kMoment);
    if (leaving_.empty()) stage_ = Stage::kFinished;
  }
}

void Shutdown::StopWorkers(base::Nanoseconds now) {
  const bool patient = speed_ == Speed::kGraceful;
  deadline_ = patient ? std::max(deadline_, now + kMoment) : now + kMoment;
  pool_.StopAll(deadline_, now);
}

base::Nanoseconds Shutdown::NextDeadline(base::Nanoseconds otherwise) const {
  if (stage_ == Stage::kOthers && leaving_.empty()) return 0;
  const bool waits = stage_ == Stage::kRouter || stage_ == Stage::kWorkers;
  return waits ? std::min(otherwise, deadline_) : otherwise;
}

}  // namespace monoceros::master
