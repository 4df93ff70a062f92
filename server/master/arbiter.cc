// SPDX-License-Identifier: Apache-2.0
#include "master/arbiter.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/syscall.h"

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kBeat = base::kNanosecondsPerSecond;
// How soon a message that did not fit into a socket is tried again.
constexpr base::Nanoseconds kRetry = 20 * base::kNanosecondsPerMillisecond;
// Rows and thread rows are cheap, and fixed while the server runs: leave room to grow.
constexpr int kMinRows = 64;
constexpr int kMinThreads = 32;

base::Fd CreateScoreboard(const config::Settings& settings) {
  const int rows = std::max(kMinRows, 2 * (settings.workers + settings.reload_surge));
  const int threads = std::max(kMinThreads, settings.threads);
  auto memory = scoreboard::Scoreboard::CreateMemory(static_cast<uint32_t>(rows),
                                                     static_cast<uint32_t>(threads));
  if (!memory) throw std::runtime_error(memory.error().message);
  return std::move(*memory);
}

scoreboard::Scoreboard OpenScoreboard(const base::Fd& memory) {
  auto board = scoreboard::Scoreboard::Open(memory, /*writable=*/true);
  if (!board) throw std::runtime_error(board.error().message);
  return std::move(*board);
}

}  // namespace

Arbiter::Arbiter(ArbiterStart start)
    : settings_(std::move(start.settings)),
      reload_settings_(std::move(start.reload_settings)),
      listeners_(std::move(start.listeners)),
      log_(start.log),
      now_(base::MonotonicNow()),
      signals_(loop_),
      context_{loop_, log_, start.spawner, leaving_},
      scoreboard_memory_(CreateScoreboard(settings_)),
      scoreboard_(OpenScoreboard(scoreboard_memory_)),
      router_(context_, listeners_, scoreboard_memory_),
      pool_(context_, router_, scoreboard_, scoreboard_memory_),
      serving_(std::make_unique<TemplateKeeper>(context_, settings_, last_generation_)),
      reload_(context_, pool_),
      shutdown_(router_, pool_, leaving_),
      wanted_(settings_.workers) {
  base::Check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl(PR_SET_CHILD_SUBREAPER)");
  scoreboard_.header().master_started_at.store(now_, std::memory_order_relaxed);
  log_.Info("Listening at: {} ({})", listeners_.ToText(), ::getpid());
  log_.Info("Using worker: {}", settings_.worker_class);
}

int Arbiter::Run() {
  // The router first: it is forked from this process, the smaller the better.
  KeepRouter();
  KeepTemplates();
  while (!shutdown_.finished()) Turn();
  listeners_.Close();
  log_.Info("Shutting down: Master");
  return shutdown_.exit_status();
}

void Arbiter::Turn() {
  loop_.Turn(TimeToSleep());
  now_ = base::MonotonicNow();
  DispatchSignals();
  ReadMessages();
  Reap();
  JudgeTimeouts();
  KeepTemplates();
  KeepRouter();
  KeepCounts();
  KeepShutdown();
  Publish();
}

base::Nanoseconds Arbiter::TimeToSleep() const {
  base::Nanoseconds deadline = next_beat_;
  deadline = router_.NextDeadline(deadline);
  deadline = reload_.NextDeadline(deadline);
  deadline = leaving_.NextDeadline(deadline);
  deadline = shutdown_.NextDeadline(deadline);
  if (serving_) deadline = serving_->NextDeadline(deadline);
  const bool congested =
      pool_.congested() || router_.congested() || (serving_ && serving_->congested());
  const base::Nanoseconds now = base::MonotonicNow();
  deadline = pool_.NextDeadline(now, deadline);
  if (congested) deadline = std::min(deadline, now + kRetry);
  return std::max<base::Nanoseconds>(0, deadline - now);
}

void Arbiter::ReadMessages() {
  router_.ReadMessages(now_);
  if (serving_) serving_->ReadMessages(now_);
  ForwardForkReports();
  pool_.ReadMessages(now_);
}

void Arbiter::ForwardForkReports() {
  if (!serving_) return;
  for (const ForkReport& report : serving_->TakeForkReports()) pool_.OnForkReport(report, now_);
}

void Arbiter::Reap() {
  for (;;) {
    int wait_status = 0;
    const pid_t pid = ::waitpid(-1, &wait_status, WNOHANG);
    if (pid <= 0) return;
    OnExit(pid, wait_status);
  }
}

void Arbiter::OnExit(pid_t pid, int wait_status) {
  if (leaving_.OnExit(pid) || router_.OnExit(pid, wait_status, now_)) return;
  if (serving_ && serving_->OnExit(pid, wait_status, now_)) return;
  if (reload_.OnExit(pid, wait_status, now_)) return;
  if (pool_.OnExit(pid, wait_status, now_)) return;
  // An orphan of an application's child: we are the reaper, and that is all.
  log_.Debug("Reaped process {} that is none of ours: it {}", pid, DescribeExit(wait_status));
}

void Arbiter::JudgeTimeouts() {
  if (now_ >= next_beat_) pool_.JudgeTimeouts(settings_, now_);
  pool_.EnforceDeadlines(settings_, now_);
  leaving_.Enforce(now_);
}

void Arbiter::KeepTemplates() {
  if (serving_ && shutdown_.serves()) serving_->Keep(now_);
  ForwardForkReports();
  if (serving_ && serving_->failure()) Halt(kExitApplicationLoad, *serving_->failure());
  ReportBootFailures();
  FinishReload();
}

void Arbiter::ReportBootFailures() {
  for (const BootFailure& failure : pool_.TakeBootFailures()) {
    if (shutdown_.running() || reload_.OnBootFailure(failure) || !failure.import) continue;
    if (!pool_.ever_ready()) {
      Halt(kExitWorkerBoot, failure.error);
    } else if (failure.error != std::exchange(last_boot_error_, failure.error)) {
      log_.Error("A worker could not import the application:\n{}", failure.error);
    } else {
      log_.Error("A worker could not import the application: the same error as before");
    }
  }
}

void Arbiter::FinishReload() {
  const Reload::Outcome outcome = reload_.Keep(now_);
  if (outcome == Reload::Outcome::kFailed) {
    scoreboard_.header().reloads_failed.fetch_add(1, std::memory_order_relaxed);
    log_.Error("Reload failed, the running application stays:\n{}", reload_.error());
  }
  if (outcome != Reload::Outcome::kSucceeded) return;
  serving_->Leave(now_);
  ForwardForkReports();
  serving_ = reload_.TakeTemplate();
  settings_ = serving_->settings();
  wanted_ = settings_.workers;
  scoreboard_.header().reloads_ok.fetch_add(1, std::memory_order_relaxed);
  log_.SetLevel(base::ParseLogLevel(settings_.loglevel).value_or(base::LogLevel::kInfo));
  router_.UpdateSettings(settings_);
  log_.Info("The new application is ready; replacing the workers, {} at a time",
            settings_.reload_surge);
}

void Arbiter::KeepRouter() {
  router_.Keep(settings_, now_);
  if (router_.failed_to_start() && !shutdown_.running()) {
    Halt(kExitStartError, "the router could not start");
  }
}

void Arbiter::KeepCounts() {
  pool_.ServeRouter(now_);
  if (!serving_ || !shutdown_.serves()) return;
  // Who wants to be replaced while the server ends need not be: a service manager tells everybody.
  const auto replace = shutdown_.running() ? WorkerPool::Replace::kDead : WorkerPool::Replace::kAll;
  pool_.Converge(*serving_, settings_, wanted_, replace, now_);
}

void Arbiter::KeepShutdown() {
  shutdown_.Keep(now_);
  if (serving_ && !shutdown_.serves()) serving_->StopKeeping();
  if (!shutdown_.workers_left() || !serving_) return;
  serving_.reset();
  reload_.Abort(now_);
}

void Arbiter::Publish() {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  if (now_ >= next_beat_) next_beat_ = now_ + kBeat;
  scoreboard::Header& header = scoreboard_.header();
  header.master_beat_at.store(now_, kRelaxed);
  header.generation.store(serving_ ? serving_->generation() : last_generation_, kRelaxed);
  header.workers_wanted.store(static_cast<uint32_t>(wanted_), kRelaxed);
  pool_.Publish();
}

}  // namespace monoceros::master
