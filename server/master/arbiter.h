// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/event_loop.h"
#include "base/log.h"
#include "base/result.h"
#include "config/settings.h"
#include "master/agent_process.h"
#include "master/backoff.h"
#include "master/leaving_processes.h"
#include "master/listeners.h"
#include "master/live_state.h"
#include "master/loop_stalls.h"
#include "master/operations.h"
#include "master/process_spawner.h"
#include "master/reload.h"
#include "master/request_timeouts.h"
#include "master/router_process.h"
#include "master/run_directory.h"
#include "master/sampler.h"
#include "master/server_control.h"
#include "master/shutdown.h"
#include "master/signal_queue.h"
#include "master/slow_requests.h"
#include "master/stack_reader.h"
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
  LiveState live;
  // Reads the configuration again, for HUP. The error is a sentence.
  std::function<base::Result<config::Settings>()> reload_settings;
  Listeners listeners;
  std::optional<Listener> health;
  std::optional<Listener> agent_http;
  const RunDirectory& run_directory;
  base::Fd scoreboard;
  base::Fd control;  // master.sock
  base::Logger& log;
  const ProcessSpawner& spawner;
};

// The master's loop: waits for signals and messages, then runs the same steps in the same order:
// signals, messages, exits, time limits, templates, router, worker counts, orders, shutdown,
// scoreboard.
// One thread; nothing in it blocks.
class Arbiter final : public ServerControl {
 public:
  // Takes the signals of the process and makes it the reaper of its orphans. Throws
  // base::SystemError when the machine does not allow it to start.
  explicit Arbiter(ArbiterStart start);

  // Runs until the server has ended; returns the exit status.
  int Run();
  // Why the application could not be started; empty: it was, or the server was told to end.
  const std::string& start_failure() const { return start_failure_; }

  base::Result<void> Fits(const config::Settings& settings) const override;
  void AdoptSettings() override;
  PoolProgress Progress() const override;
  WorkerPool& pool() override { return pool_; }
  bool reloading() const override { return reload_.running(); }
  bool switching() const override;
  bool ending() const override { return shutdown_.running(); }
  base::Result<void> BeginReload() override;
  void Publish() override;
  void Drain(std::optional<double> graceful) override;

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
  void ReadStacks();
  void KeepTemplates();
  void ReportBootFailures();
  void FinishReload();
  void OnReloadFailed();
  void OnReloaded();
  void KeepTemplateKind();
  void BeginSwitch();
  void OnSwitched();
  void OnSwitchFailed();
  void KeepRouter();
  void KeepCounts();
  void KeepShutdown();
  void KeepOrders();
  void KeepAgent();
  void PublishHeader();
  void Sample();

  void Stop(Shutdown::Speed speed, int exit_status, std::optional<double> graceful = {});
  void Halt(int exit_status, const std::string& why);
  void SetWanted(int wanted);
  const config::Settings& settings() const { return live_.settings(); }

  LiveState live_;
  std::function<base::Result<config::Settings>()> reload_settings_;
  Listeners listeners_;
  std::optional<Listener> health_;
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

  StackReader stacks_;
  SlowRequests slow_requests_;
  RequestTimeouts request_timeouts_;
  LoopStalls loop_stalls_;
  Sampler sampler_;
  AgentProcess agent_;
  Operations operations_;

  // The configuration that a reload runs with; nothing while a switch runs, which reads none.
  std::optional<config::Settings> reload_configured_;
  // Between switches that nobody waits for: back to a class that does not come up either.
  Backoff switch_backoff_{base::kNanosecondsPerSecond, 60 * base::kNanosecondsPerSecond};
  base::Nanoseconds next_beat_ = 0;
  base::Nanoseconds last_stop_signal_ = 0;
  std::string last_boot_error_;
  std::string start_failure_;
};

}  // namespace monoceros::master
