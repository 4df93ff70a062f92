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
#include "master/memory_room.h"
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

// How far the pool is from what is wanted.
struct PoolProgress {
  int ready = 0;    // workers that are as wanted and serve
  int pending = 0;  // that start, or are to be changed or replaced
  int leaving = 0;
};

// A worker that `timeout` condemned; it lives until Abort, for a moment at most.
struct HangingWorker {
  uint32_t incarnation = 0;
  uint32_t row = 0;
  pid_t pid = -1;
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
  // Ends workers that hang, and those that are still there when their time is up.
  void JudgeTimeouts(const config::Settings& settings, base::Nanoseconds now);
  // Those that were found to hang since the last call; nothing more is given to them. Whoever reads
  // their stacks calls Abort when that is done.
  std::vector<HangingWorker> TakeHanging() { return std::exchange(hanging_, {}); }
  // Kills a worker that hangs; nothing when it is gone.
  void Abort(uint32_t incarnation, base::Nanoseconds now);
  // Kills the oldest of those that request_timeout has replaced and that run nothing else any more,
  // when more than `most` linger.
  void EndLingering(size_t most);
  void EnforceDeadlines(const config::Settings& settings, base::Nanoseconds now);
  // Gives new workers to the router, and all workers to a new router.
  void ServeRouter(base::Nanoseconds now);
  // Starts, retires and changes workers so that `wanted` of the template's generation serve, of the
  // class and with the threads of `settings`.
  enum class Outdated { kReplace, kKeep };  // kKeep: only the dead are replaced
  void Converge(TemplateKeeper& source, const config::Settings& settings, int wanted,
                Outdated outdated, base::Nanoseconds now);
  // What decides how many replacements may run beside those they replace.
  void SetMemory(const MemoryUse& use) { memory_ = use; }
  // Starts one worker whose generation is newer than what Converge works towards.
  void StartTrial(TemplateKeeper& source, const config::Settings& settings, base::Nanoseconds now);
  // Has the worker of this slot replaced, its replacement first. Its incarnation; nothing when none
  // serves there.
  std::optional<uint32_t> Replace(uint32_t row);
  // The same for a worker one of whose requests passed request_timeout. False when it is replaced
  // already, or gone.
  bool ReplaceTimedOut(uint32_t incarnation);
  // Has an exchange of this worker interrupted; nothing when the worker is gone.
  void Interrupt(uint32_t incarnation, uint64_t exchange);
  // Takes that back.
  void KeepAfterAll(uint32_t incarnation);
  // Ends all workers newer than `generation`: an aborted reload.
  void EndTrials(uint32_t generation, base::Nanoseconds now);
  // Tells those that serve that nothing more comes.
  void DrainAll();
  // Tells all to leave when their exchanges ended; whoever is there at `deadline` is killed. Those
  // that never served have a moment only.
  void StopAll(base::Nanoseconds deadline, base::Nanoseconds now);
  // Kills all; those that were never forked are forgotten.
  void KillAll();

  // --- What is -----------------------------------------------------------------------------
  bool empty() const { return workers_.empty(); }
  bool ever_ready() const { return ever_ready_; }
  bool HasReady(uint32_t generation) const;
  bool Has(uint32_t incarnation) const;
  // The worker of this incarnation, or null.
  const Worker* Get(uint32_t incarnation) const;
  // What serves in this slot, or null.
  const Worker* At(uint32_t row) const;
  const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
  PoolProgress Progress(const config::Settings& settings, uint32_t generation) const;
  uint32_t rows() const;
  // When a step has something to do, or `otherwise`.
  base::Nanoseconds NextDeadline(base::Nanoseconds now, base::Nanoseconds otherwise) const;
  bool congested() const { return congested_; }
  void Publish() const;

 private:
  using Workers = std::vector<std::unique_ptr<Worker>>;

  using Reason = scoreboard::RestartReason;

  void Start(TemplateKeeper& source, const config::Settings& settings, bool trial,
             base::Nanoseconds now);
  std::optional<uint32_t> FreeRow() const;
  void SayThereIsNoRoom() const;
  static std::optional<Reason> OutdatedBecause(const Worker& worker,
                                               const config::Settings& settings,
                                               uint32_t generation);
  std::vector<PlannedWorker> Observe(const config::Settings& settings, uint32_t generation,
                                     Outdated outdated) const;
  void KeepThreads(const config::Settings& settings);
  void KeepThreadsOf(Worker& worker, uint32_t wanted);
  Worker* Find(uint32_t incarnation) const;

  void Retire(Worker& worker, Reason why, base::Nanoseconds graceful, base::Nanoseconds now);
  void Stop(Worker& worker, base::Nanoseconds deadline);
  // The router gives it nothing more.
  void Withdraw(const Worker& worker);
  void Kill(Worker& worker, int signal, base::Nanoseconds deadline);
  void EnforceDeadline(Worker& worker, const config::Settings& settings, base::Nanoseconds now);

  void Remove(Workers::iterator position, int wait_status, base::Nanoseconds now);
  void ReportCrash(const Worker& worker, int wait_status, bool out_of_memory);
  void CountEnd(const Worker& worker, bool crashed, bool out_of_memory);
  size_t CountLingering() const;
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
  std::vector<HangingWorker> hanging_;
  Backoff backoff_{base::kNanosecondsPerSecond, 30 * base::kNanosecondsPerSecond};
  uint32_t last_incarnation_ = 0;
  uint32_t router_epoch_ = 0;
  bool ever_ready_ = false;
  bool congested_ = false;
  bool row_shortage_reported_ = false;
  MemoryUse memory_;
};

}  // namespace monoceros::master
