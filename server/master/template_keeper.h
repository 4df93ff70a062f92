// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/log.h"
#include "config/settings.h"
#include "master/backoff.h"
#include "master/leaving_processes.h"
#include "master/process_spawner.h"
#include "master/template_process.h"

namespace monoceros::master {

// What the parts of the master share; all outlive their users.
struct MasterContext {
  base::EventLoop& loop;
  base::Logger& log;
  const ProcessSpawner& spawner;
  LeavingProcesses& leaving;
  std::string app_metrics_path;  // of the run directory
};

// Keeps one template alive for one generation of the application: falls back to no preloading when
// the import left something that must not be forked, and starts a new template after a death, with
// growing pauses. A template that never became ready is not tried again; failure() says why.
class TemplateKeeper {
 public:
  TemplateKeeper(const MasterContext& context, config::Settings settings, uint32_t generation);
  // Lets the process leave, and has it killed if it stays.
  ~TemplateKeeper();
  TemplateKeeper(const TemplateKeeper&) = delete;

  // Follows the process and judges its time limits; call in every turn.
  void ReadMessages(base::Nanoseconds now);
  // Starts the process when there is none; call in every turn.
  void Keep(base::Nanoseconds now);
  // Live values have changed: what is started and forked from now on is for these settings. They
  // share this template (ShareTemplate); what the start found out about preloading stays.
  void Adopt(const config::Settings& settings);
  // Lets the process leave for good; forks not yet reported are reported as withdrawn.
  void Leave(base::Nanoseconds now);
  // From now on a death is nothing to mend or to mention.
  void StopKeeping() { kept_ = false; }
  // True when `pid` was the template's.
  bool OnExit(pid_t pid, int wait_status, base::Nanoseconds now);

  // Orders one fork; every order is answered by exactly one report, also when the template dies or
  // does not answer. Call only while ready().
  void OrderFork(uint32_t incarnation, const nlohmann::json& message, const std::vector<int>& fds,
                 base::Nanoseconds now);
  std::vector<ForkReport> TakeForkReports() { return std::exchange(reports_, {}); }

  bool ready() const { return process_ && process_->state() == TemplateProcess::State::kReady; }
  // Why the first start of this generation failed: a traceback or a sentence.
  const std::optional<std::string>& failure() const { return failure_; }
  uint32_t generation() const { return generation_; }
  // -1: no process.
  pid_t pid() const { return process_ ? process_->pid() : -1; }
  // What its workers are to be like.
  const config::Settings& settings() const { return settings_; }
  // When Keep has something to do, or `otherwise`.
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;
  // Messages wait for room in the socket: call ReadMessages soon.
  bool congested() const { return congested_; }

 private:
  void Start(base::Nanoseconds now);
  void JudgeGone(base::Nanoseconds now);
  void FollowReady(base::Nanoseconds now);
  void JudgeBoot(base::Nanoseconds now);
  void JudgeForks(base::Nanoseconds now);
  void Discard(bool withdrawn, base::Nanoseconds now);
  void Fail(const std::string& reason, base::Nanoseconds now);
  std::string DescribeDeath(int wait_status) const;
  void CollectReports();
  void ReportLostForks(bool withdrawn);

  MasterContext context_;
  config::Settings settings_;
  uint32_t generation_;
  std::unique_ptr<TemplateProcess> process_;
  std::map<uint32_t, base::Nanoseconds> ordered_;  // incarnation, when
  std::vector<ForkReport> reports_;
  std::optional<std::string> failure_;
  Backoff backoff_{base::kNanosecondsPerSecond / 2, 10 * base::kNanosecondsPerSecond};
  base::Nanoseconds started_at_ = 0;
  base::Nanoseconds ready_at_ = 0;  // of the present process; 0: not yet
  base::Nanoseconds gone_at_ = 0;   // its socket closed, its exit is awaited; 0: no
  bool was_ready_ = false;
  bool kept_ = true;
  bool congested_ = false;
};

}  // namespace monoceros::master
