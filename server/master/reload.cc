// SPDX-License-Identifier: Apache-2.0
#include "master/reload.h"

#include <utility>

namespace monoceros::master {

void Reload::Begin(config::Settings settings, uint32_t generation, uint32_t serving,
                   base::Nanoseconds now) {
  Abort(now);
  serving_ = serving;
  candidate_ = std::make_unique<TemplateKeeper>(context_, std::move(settings), generation);
}

void Reload::Abort(base::Nanoseconds now) {
  if (!candidate_) return;
  pool_.EndTrials(serving_, now);
  candidate_->Leave(now);
  for (const ForkReport& report : candidate_->TakeForkReports()) pool_.OnForkReport(report, now);
  candidate_.reset();
  trial_error_.reset();
  trial_started_ = false;
}

Reload::Outcome Reload::Keep(base::Nanoseconds now) {
  if (!candidate_) return Outcome::kNone;
  candidate_->ReadMessages(now);
  candidate_->Keep(now);
  for (const ForkReport& report : candidate_->TakeForkReports()) pool_.OnForkReport(report, now);
  if (candidate_->failure()) return Fail(*candidate_->failure(), now);
  if (trial_error_) return Fail(*trial_error_, now);
  const bool untried = candidate_->settings().workers == 0;
  if (candidate_->ready() && !untried && !std::exchange(trial_started_, true)) {
    pool_.StartTrial(*candidate_, candidate_->settings(), now);
  }
  const bool proven = untried ? candidate_->ready() : pool_.HasReady(candidate_->generation());
  if (!proven) return Outcome::kNone;
  succeeded_ = std::move(candidate_);
  trial_started_ = false;
  return Outcome::kSucceeded;
}

Reload::Outcome Reload::Fail(const std::string& error, base::Nanoseconds now) {
  error_ = error;
  Abort(now);
  return Outcome::kFailed;
}

bool Reload::OnBootFailure(const BootFailure& failure) {
  if (!candidate_ || failure.generation != candidate_->generation()) return false;
  trial_error_ = failure.error;
  return true;
}

bool Reload::OnExit(pid_t pid, int wait_status, base::Nanoseconds now) {
  return candidate_ && candidate_->OnExit(pid, wait_status, now);
}

base::Nanoseconds Reload::NextDeadline(base::Nanoseconds otherwise) const {
  return candidate_ ? candidate_->NextDeadline(otherwise) : otherwise;
}

}  // namespace monoceros::master
