// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/event_loop.h"
#include "base/log.h"
#include "base/result.h"
#include "config/settings.h"
#include "master/leaving_processes.h"
#include "master/listeners.h"
#include "master/process_spawner.h"
#include "master/reload.h"
#include "master/router_process.h"
#include "master/shutdown.h"
#include "master/signal_queue.h"
#include "master/template_keeper.h"
#include "master/worker_pool.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::master {

// Exit statuses, Gunicorn's where it has them.
inline constexpr int kExitStartError = 1;  // configuration, sockets, router
inline constexpr int kExitWorkerBoot = 3;  // the first workers could not import the application
inline constexpr int kExitApplicationLoad = 4;  // the template could not load the application

// All that the arbiter is given. References outlive it.
struct ArbiterStart {
  config::Settings settings;
  // Reads the configuration again, for HUP. The error is a sentence.
  std::function<base::Result<config::Settings>()> reload_settings;
  Listeners listeners;
  base::Logger& log;
  const ProcessSpawner& spawner;
};

// The master's loop: waits for signals and messages, then runs the same steps in the same order:
// signals, messages, exits, time limits, templates, router, worker counts, shutdown, scoreboard.
// One thread; nothing in it blocks.
class Arbiter {
 public:
  // Takes the signals of the process and makes it the reaper of its orphans. Throws
  // base::SystemError when the machine does not allow it to start.
  explicit Arbiter(ArbiterStart start);

  // Runs until the server has ended; returns the exit status.
  int Run();

 private:
  void Turn();
  base::Nanoseconds TimeToSleep() const;

  void DispatchSignals();
  void Dispatch(int signal);
  void OnHup();
  void OnTtin();
  void OnTtou();
  void OnTerm();
  void OnInt();
  void ReadMessages();
  void ForwardForkReports();
  void Reap();
  void OnExit(pid_t pid, int wait_status);
  void JudgeTimeouts();
  void KeepTemplates();
  void ReportBootFailures();
  void FinishReload();
  void KeepRouter();
  void KeepCounts();
  void KeepShutdown();
  void Publish();

  void Stop(Shutdown::Speed speed, int exit_status);
  void Halt(int exit_status, const std::string& why);
  bool Accepts(const config::Settings& settings) const;
  void SetWanted(int wanted);

  config::Settings settings_;
  std::function<base::Result<config::Settings>()> reload_settings_;
  Listeners listeners_;
  base::Logger& log_;
  base::Nanoseconds now_;

  base::EventLoop loop_;
  SignalQueue signals_;
  LeavingProcesses leaving_;
  MasterContext context_;
  base::Fd scoreboard_memory_;
  scoreboard::Scoreboard scoreboard_;
  RouterProcess router_;
  WorkerPool pool_;
  uint32_t last_generation_ = 1;  // initialises serving_
  std::unique_ptr<TemplateKeeper> serving_;
  Reload reload_;
  Shutdown shutdown_;

  int wanted_;
  base::Nanoseconds next_beat_ = 0;
  base::Nanoseconds last_stop_signal_ = 0;
  std::string last_boot_error_;
};

}  // namespace monoceros::master
