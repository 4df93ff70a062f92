// SPDX-License-Identifier: Apache-2.0
#include "master/template_keeper.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <ranges>
#include <utility>

#include "master/exit_report.h"

namespace monoceros::master {
namespace {

using State = TemplateProcess::State;

constexpr base::Nanoseconds kLeaveTime = 5 * base::kNanosecondsPerSecond;
// A process that lived this long after it was ready did not fail to start.
constexpr base::Nanoseconds kStableTime = base::kNanosecondsPerSecond;

}  // namespace

TemplateKeeper::TemplateKeeper(const MasterContext& context, config::Settings settings,
                               uint32_t generation)
    : context_(context), settings_(std::move(settings)), generation_(generation) {}

TemplateKeeper::~TemplateKeeper() { Leave(base::MonotonicNow()); }

void TemplateKeeper::Keep(base::Nanoseconds now) {
  if (!process_ && kept_ && !failure_ && backoff_.MayStart(now)) Start(now);
}

void TemplateKeeper::Adopt(const config::Settings& settings) {
  const config::Preload preload = settings_.preload;
  settings_ = settings;
  settings_.preload = preload;
}

void TemplateKeeper::Start(base::Nanoseconds now) {
  backoff_.Attempted();
  started_at_ = now;
  ready_at_ = gone_at_ = 0;
  const auto program = FindTemplateProgram(settings_);
  if (!program) return Fail(program.error().message, now);
  auto process = TemplateProcess::Start(context_.loop, context_.spawner, *program, settings_,
                                        generation_, context_.app_metrics_path);
  if (!process) return Fail(process.error().message, now);
  process_ = std::move(*process);
  context_.log.Debug("Starting template with pid: {} ({})", process_->pid(), program->python);
}

void TemplateKeeper::Leave(base::Nanoseconds now) {
  kept_ = false;
  Discard(/*withdrawn=*/true, now);
}

void TemplateKeeper::ReadMessages(base::Nanoseconds now) {
  if (!process_) return;
  process_->ReadMessages();
  CollectReports();
  congested_ = !process_->Flush();
  switch (process_->state()) {
    case State::kStarting:
      return JudgeBoot(now);
    case State::kReady:
      return FollowReady(now);
    case State::kFailed: {
      const std::string error = process_->error();
      Discard(/*withdrawn=*/false, now);
      return Fail(error, now);
    }
    case State::kGone:
      return JudgeGone(now);
  }
}

void TemplateKeeper::FollowReady(base::Nanoseconds now) {
  if (ready_at_ != 0) return JudgeForks(now);
  if (!process_->hazards().empty()) {
    context_.log.Warning(
        "Not preloading: importing the application left what must not be forked:\n  - {}\n"
        "Every worker imports it for itself (--preload=off says so for good).",
        fmt::join(process_->hazards(), "\n  - "));
    settings_.preload = config::Preload::kOff;
    Discard(/*withdrawn=*/false, now);
    return Start(now);
  }
  ready_at_ = now;
  was_ready_ = true;
}

void TemplateKeeper::JudgeGone(base::Nanoseconds now) {
  if (gone_at_ == 0) gone_at_ = now;
  if (now - gone_at_ > kLeaveTime) ::kill(process_->pid(), SIGKILL);
}

void TemplateKeeper::JudgeBoot(base::Nanoseconds now) {
  if (settings_.boot_timeout <= 0) return;
  if (now < started_at_ + base::FromSeconds(settings_.boot_timeout)) return;
  ::kill(process_->pid(), SIGKILL);
  const pid_t pid = process_->pid();
  Discard(/*withdrawn=*/false, now);
  Fail(fmt::format("the template (pid:{}) was not ready within boot_timeout ({} s)", pid,
                   settings_.boot_timeout),
       now);
}

std::string TemplateKeeper::DescribeDeath(int wait_status) const {
  std::string how =
      fmt::format("the template (pid:{}) {}", process_->pid(), DescribeExit(wait_status));
  if (was_ready_) return how;
  // What an interpreter that does not know the flags we start it with answers.
  const bool usage = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 2;
  return how + " before it was ready" +
         (usage ? "; is the interpreter CPython 3.11 or newer?" : "");
}

bool TemplateKeeper::OnExit(pid_t pid, int wait_status, base::Nanoseconds now) {
  if (!process_ || process_->pid() != pid) return false;
  process_->OnExit();
  CollectReports();
  ReportLostForks(/*withdrawn=*/false);
  const std::string reason =
      process_->state() == State::kFailed ? process_->error() : DescribeDeath(wait_status);
  process_.reset();
  Fail(reason, now);
  return true;
}

void TemplateKeeper::Fail(const std::string& reason, base::Nanoseconds now) {
  if (!was_ready_) failure_ = reason;
  if (!was_ready_ || !kept_) return;
  if (ready_at_ != 0 && now - ready_at_ >= kStableTime) backoff_.Succeeded();
  backoff_.Failed(now);
  context_.log.Error("{}\nWorkers serve on; a new template starts in {} s.", reason,
                     base::ToSeconds(backoff_.pause()));
}

void TemplateKeeper::Discard(bool withdrawn, base::Nanoseconds now) {
  if (!process_) return;
  CollectReports();
  context_.leaving.Add(process_->pid(), now + kLeaveTime);
  process_.reset();
  ReportLostForks(withdrawn);
}

void TemplateKeeper::OrderFork(uint32_t incarnation, const nlohmann::json& message,
                               const std::vector<int>& fds, base::Nanoseconds now) {
  ordered_.emplace(incarnation, now);
  process_->Order(message, fds);
}

void TemplateKeeper::JudgeForks(base::Nanoseconds now) {
  if (ordered_.empty() || settings_.boot_timeout <= 0) return;
  const auto oldest = std::ranges::min(ordered_ | std::views::values);
  if (now < oldest + base::FromSeconds(settings_.boot_timeout)) return;
  context_.log.Error("The template (pid:{}) does not answer an order to fork; killing it",
                     process_->pid());
  ::kill(process_->pid(), SIGKILL);
  ReportLostForks(/*withdrawn=*/false);
}

void TemplateKeeper::CollectReports() {
  for (ForkReport& report : process_->TakeForkReports()) {
    if (ordered_.erase(report.incarnation) > 0) reports_.push_back(std::move(report));
  }
}

void TemplateKeeper::ReportLostForks(bool withdrawn) {
  for (const auto& [incarnation, when] : std::exchange(ordered_, {})) {
    reports_.push_back({incarnation, -1, "the template left before it answered", withdrawn});
  }
}

base::Nanoseconds TemplateKeeper::NextDeadline(base::Nanoseconds otherwise) const {
  if (!process_) return failure_ || !kept_ ? otherwise : std::min(otherwise, backoff_.not_before());
  if (process_->state() != State::kStarting || settings_.boot_timeout <= 0) return otherwise;
  return std::min(otherwise, started_at_ + base::FromSeconds(settings_.boot_timeout));
}

}  // namespace monoceros::master
