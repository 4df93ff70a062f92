// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "master/backoff.h"
#include "master/exit_report.h"
#include "master/plan.h"
#include "master/router_process.h"
#include "master/template_keeper.h"
#include "master/worker.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::master {

// A worker that ended before it was ever ready.
struct BootFailure {
  uint32_t generation = 0;
  std::string error;    // the application's traceback, or how the process ended
  bool import = false;  // the application did not import; otherwise the log has it already
};

// All workers: the rows they use, their starts, retirements, time limits and exits. One thread;
// the arbiter calls its steps in a fixed order.
class WorkerPool {
 public:
  // Everything outlives the pool; `scoreboard_memory` is handed to the workers.
  WorkerPool(const MasterContext& context, RouterProcess& router,
             scoreboard::Scoreboard& scoreboard, const base::Fd& scoreboard_memory);

  // --- What happened -----------------------------------------------------------------------
  void ReadMessages(base::Nanoseconds now);
  void OnForkReport(const ForkReport& report, base::Nanoseconds now);
  // True when `pid` was a worker's. Other exits are remembered while a fork order is under way,
  // because a worker may exit before its template has reported it.
  bool OnExit(pid_t pid, int wait_status, base::Nanoseconds now);
  std::vector<BootFailure> TakeBootFailures() { return std::exchange(boot_failures_, {}); }

  // --- What to do --------------------------------------------------------------------------
  // Kills workers that hang, and those that are still there when their time is up.
  void JudgeTimeouts(const config::Settings& settings, base::Nanoseconds now);
  void EnforceDeadlines(const config::Settings& settings, base::Nanoseconds now);
  // Gives new workers to the router, and all workers to a new router.
  void ServeRouter(base::Nanoseconds now);
  // Starts and retires so that `wanted` workers of the template's generation serve.
  enum class Replace { kAll, kDead };  // kDead: not those that only ask for it
  void Converge(TemplateKeeper& source, const config::Settings& settings, int wanted,
                Replace replace, base::Nanoseconds now);
  // Starts one worker whose generation is newer than what Converge works towards.
  void StartTrial(TemplateKeeper& source, base::Nanoseconds now);
  // Ends all workers newer than `generation`: an aborted reload.
  void EndTrials(uint32_t generation, base::Nanoseconds now);
  // Tells all to leave when their exchanges ended; whoever is there at `deadline` is killed. Those
  // that never served have a moment only.
  void StopAll(base::Nanoseconds deadline, base::Nanoseconds now);
  // Kills all; those that were never forked are forgotten.
  void KillAll();

  // --- What is -----------------------------------------------------------------------------
  bool empty() const { return workers_.empty(); }
  bool ever_ready() const { return ever_ready_; }
  bool HasReady(uint32_t generation) const;
  uint32_t rows() const;
  // When a step has something to do, or `otherwise`.
  base::Nanoseconds NextDeadline(base::Nanoseconds now, base::Nanoseconds otherwise) const;
  bool congested() const { return congested_; }
  void Publish() const;

 private:
  using Workers = std::vector<std::unique_ptr<Worker>>;

  void Start(TemplateKeeper& source, bool trial, base::Nanoseconds now);
  std::optional<uint32_t> FreeRow() const;
  std::vector<PlannedWorker> Observe(uint32_t generation, Replace replace) const;
  Worker* Find(uint32_t incarnation);

  void Retire(Worker& worker, base::Nanoseconds graceful, base::Nanoseconds now);
  void Stop(Worker& worker, base::Nanoseconds deadline);
  void Kill(Worker& worker, int signal, base::Nanoseconds deadline);
  void EnforceDeadline(Worker& worker, const config::Settings& settings, base::Nanoseconds now);

  void Remove(Workers::iterator position, int wait_status, base::Nanoseconds now);
  void ReportCrash(const Worker& worker, int wait_status);
  void ReportBootFailure(const Worker& worker, const std::string& how);
  void ForgetEarlyExits();

  MasterContext context_;
  RouterProcess& router_;
  scoreboard::Scoreboard& scoreboard_;
  const base::Fd& scoreboard_memory_;
  OomCounter oom_;
  Workers workers_;
  std::map<pid_t, int> early_exits_;  // pid, wait status
  std::vector<BootFailure> boot_failures_;
  Backoff backoff_{base::kNanosecondsPerSecond, 30 * base::kNanosecondsPerSecond};
  uint32_t last_incarnation_ = 0;
  uint32_t router_epoch_ = 0;
  bool ever_ready_ = false;
  bool congested_ = false;
  bool row_shortage_reported_ = false;
};

}  // namespace monoceros::master
