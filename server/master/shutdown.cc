// SPDX-License-Identifier: Apache-2.0
#include "master/shutdown.h"

#include <algorithm>

namespace monoceros::master {
namespace {

// What an idle process needs to leave.
constexpr base::Nanoseconds kMoment = base::kNanosecondsPerSecond;

}  // namespace

void Shutdown::Begin(const Order& order, base::Nanoseconds now) {
  if (!running()) {
    stage_ = Stage::kDelay;
    exit_status_ = order.exit_status;
  } else if (order.speed <= speed_) {
    return;
  }
  speed_ = order.speed;
  graceful_ = order.graceful;
  if (speed_ == Speed::kAtOnce) pool_.KillAll();
  if (stage_ == Stage::kDelay && speed_ == Speed::kGraceful && order.delay > 0) {
    deadline_ = now + order.delay;
    return;
  }
  if (stage_ <= Stage::kRouter) return StopRouter(now);
  if (stage_ == Stage::kWorkers && speed_ == Speed::kQuick) StopWorkers(now);
  leaving_.Hurry(now + kMoment);
}

void Shutdown::StopRouter(base::Nanoseconds now) {
  stage_ = Stage::kRouter;
  // Before the router does: a connection that only we could still accept would be lost.
  listeners_.Close();
  const base::Nanoseconds given = speed_ == Speed::kGraceful ? graceful_ : 0;
  router_.Stop(base::ToSeconds(given));
  pool_.DrainAll();
  // The router keeps to its own limit; the moment is for its answer.
  deadline_ = speed_ == Speed::kAtOnce ? now : now + given + kMoment;
}

void Shutdown::Keep(base::Nanoseconds now) {
  if (stage_ == Stage::kDelay && now >= deadline_) StopRouter(now);
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
  const bool waits = stage_ >= Stage::kDelay && stage_ <= Stage::kWorkers;
  return waits ? std::min(otherwise, deadline_) : otherwise;
}

}  // namespace monoceros::master
