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

scoreboard::Scoreboard OpenScoreboard(const base::Fd& memory) {
  auto board = scoreboard::Scoreboard::Open(memory, /*writable=*/true);
  if (!board) throw std::runtime_error(board.error().message);
  return std::move(*board);
}

void CountReload(scoreboard::Header& header, bool ok, base::Nanoseconds now) {
  (ok ? header.reloads_ok : header.reloads_failed).fetch_add(1, std::memory_order_relaxed);
  header.last_reload_ok.store(ok, std::memory_order_relaxed);
  header.last_reload_at.store(now, std::memory_order_relaxed);
}

}  // namespace

Arbiter::Arbiter(ArbiterStart start)
    : live_(std::move(start.live)),
      reload_settings_(std::move(start.reload_settings)),
      listeners_(std::move(start.listeners)),
      health_(std::move(start.health)),
      log_(start.log),
      now_(base::MonotonicNow()),
      signals_(loop_),
      context_{loop_, log_, start.spawner, leaving_, start.run_directory.app_metrics_path()},
      scoreboard_memory_(std::move(start.scoreboard)),
      scoreboard_(OpenScoreboard(scoreboard_memory_)),
      router_(context_, listeners_, health_, scoreboard_memory_),
      pool_(context_, router_, scoreboard_, scoreboard_memory_),
      reload_(context_, pool_),
      shutdown_(listeners_, router_, pool_, leaving_),
      stacks_(context_, scoreboard_memory_),
      slow_requests_(scoreboard_, pool_, stacks_),
      request_timeouts_(context_, router_, pool_, stacks_),
      loop_stalls_(context_, router_, pool_, stacks_, scoreboard_),
      sampler_(scoreboard_),
      agent_(context_, settings(), start.run_directory.path(), std::move(start.agent_http)),
      operations_({loop_, log_, *this, live_, stacks_, std::move(start.control),
                   start.run_directory.live_state_path(), settings().live_file}) {
  base::Check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl(PR_SET_CHILD_SUBREAPER)");
  scoreboard_.header().master_started_at.store(now_, std::memory_order_relaxed);
  scoreboard_.header().master_pid.store(::getpid(), std::memory_order_relaxed);
  operations_.TakeUpLiveFile(now_);
  serving_ = std::make_unique<TemplateKeeper>(context_, settings(), last_generation_);
  log_.Info("Listening at: {} ({})", listeners_.ToText(), ::getpid());
  if (health_) log_.Info("Health at: {}", health_->ToText());
  log_.Info("Using worker: {}", settings().worker_class);
}

int Arbiter::Run() {
  // The router first: it is forked from this process, the smaller the better.
  KeepRouter();
  KeepTemplates();
  while (!shutdown_.finished()) Turn();
  operations_.Finish();
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
  KeepOrders();
  KeepTemplateKind();
  KeepShutdown();
  KeepAgent();
  Publish();
  Sample();
  if (now_ >= next_beat_) next_beat_ = now_ + kBeat;
}

base::Nanoseconds Arbiter::TimeToSleep() const {
  base::Nanoseconds deadline = next_beat_;
  deadline = router_.NextDeadline(deadline);
  deadline = reload_.NextDeadline(deadline);
  deadline = leaving_.NextDeadline(deadline);
  deadline = shutdown_.NextDeadline(deadline);
  deadline = stacks_.NextDeadline(deadline);
  deadline = request_timeouts_.NextDeadline(deadline);
  deadline = loop_stalls_.NextDeadline(deadline);
  deadline = sampler_.NextDeadline(deadline);
  deadline = agent_.NextDeadline(deadline);
  deadline = operations_.NextDeadline(deadline);
  if (serving_) deadline = serving_->NextDeadline(deadline);
  if (switching() && !reloading()) deadline = std::min(deadline, switch_backoff_.not_before());
  const bool congested = pool_.congested() || router_.congested() || operations_.congested() ||
                         (serving_ && serving_->congested());
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
  if (agent_.OnExit(pid, wait_status, now_)) return;
  if (serving_ && serving_->OnExit(pid, wait_status, now_)) return;
  if (reload_.OnExit(pid, wait_status, now_)) return;
  if (pool_.OnExit(pid, wait_status, now_)) return;
  // An orphan of an application's child: we are the reaper, and that is all.
  log_.Debug("Reaped process {} that is none of ours: it {}", pid, DescribeExit(wait_status));
}

void Arbiter::JudgeTimeouts() {
  if (now_ >= next_beat_) {
    pool_.JudgeTimeouts(settings(), now_);
    router_.JudgeBeat(scoreboard_.router().beat_at.load(std::memory_order_relaxed), now_);
    slow_requests_.Keep(settings().slow_request_stack, now_);
  }
  request_timeouts_.Keep(settings(), now_);
  loop_stalls_.Keep(settings().loop_stall_warning, now_);
  ReadStacks();
  pool_.EnforceDeadlines(settings(), now_);
  leaving_.Enforce(now_);
}

void Arbiter::ReadStacks() {
  for (const HangingWorker& worker : pool_.TakeHanging()) {
    StackRequest request{StackRequest::Purpose::kTimeout, worker.row, worker.pid};
    request.incarnation = worker.incarnation;
    stacks_.Read(std::move(request), now_);
  }
  stacks_.Keep(now_);
  for (const uint32_t incarnation : stacks_.TakeReadyToAbort()) pool_.Abort(incarnation, now_);
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
    if (serving_ && failure.generation == serving_->generation()) {
      operations_.OnBootFailure(failure.error);
    }
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
  switch (reload_.Keep(now_)) {
    case Reload::Outcome::kNone:
      return;
    case Reload::Outcome::kFailed:
      return OnReloadFailed();
    case Reload::Outcome::kSucceeded:
      return OnReloaded();
  }
}

void Arbiter::OnReloadFailed() {
  if (!reload_configured_) return OnSwitchFailed();
  CountReload(scoreboard_.header(), false, now_);
  log_.Error("Reload failed, the running application stays:\n{}", reload_.error());
  operations_.OnReload(reload_.error());
}

void Arbiter::OnReloaded() {
  serving_->Leave(now_);
  ForwardForkReports();
  serving_ = reload_.TakeTemplate();
  if (!reload_configured_) return OnSwitched();
  // They fitted together when the reload began; what was changed since is live and stays.
  if (auto fits = live_.Reconfigure(*reload_configured_); !fits) {
    log_.Error("The new configuration does not go with the live values and is not used: {}",
               fits.error().message);
  }
  CountReload(scoreboard_.header(), true, now_);
  AdoptSettings();
  log_.Info("The new application is ready; replacing the workers, {} at a time",
            settings().reload_surge);
  operations_.OnReload({});
}

void Arbiter::KeepRouter() {
  router_.Keep(settings(), now_);
  if (router_.failed_to_start() && !shutdown_.running()) {
    Halt(kExitStartError, "the router could not start");
  }
}

void Arbiter::KeepCounts() {
  pool_.ServeRouter(now_);
  if (!serving_ || !shutdown_.serves()) return;
  // Who wants to be replaced while the server ends need not be: a service manager tells everybody.
  // While another template is on its way, those who serve stay.
  const bool keep = shutdown_.running() || switching();
  const auto outdated = keep ? WorkerPool::Outdated::kKeep : WorkerPool::Outdated::kReplace;
  const config::Settings& wanted = serving_->settings();
  pool_.SetMemory(sampler_.memory());
  pool_.Converge(*serving_, wanted, wanted.workers, outdated, now_);
}

void Arbiter::KeepOrders() { operations_.Keep(now_); }

void Arbiter::KeepAgent() {
  if (shutdown_.workers_left()) return agent_.Stop(now_);
  agent_.Keep(settings(), now_);
}

void Arbiter::KeepShutdown() {
  shutdown_.Keep(now_);
  if (serving_ && !shutdown_.serves()) serving_->StopKeeping();
  if (!shutdown_.workers_left() || !serving_) return;
  serving_.reset();
  reload_.Abort(now_);
}

}  // namespace monoceros::master
