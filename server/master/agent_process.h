// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "config/settings.h"
#include "master/backoff.h"
#include "master/listeners.h"
#include "master/template_keeper.h"

namespace monoceros::master {

// Keeps monoceros-agent alive beside the server. Nothing waits for it and nothing depends on it: it
// finds the server by the run directory, as a sidecar does.
class AgentProcess {
 public:
  // `http` is the listening socket of agent_bind, if any. `context` outlives it.
  AgentProcess(const MasterContext& context, const config::Settings& settings,
               std::string run_directory, std::optional<Listener> http);

  // Starts it when there is none, and kills one that was stopped for 10 s; call in every turn.
  void Keep(const config::Settings& settings, base::Nanoseconds now);
  // True when `pid` was the agent's.
  bool OnExit(pid_t pid, int wait_status, base::Nanoseconds now);
  // Lets it go; it is not started again.
  void Stop(base::Nanoseconds now);
  pid_t pid() const { return pid_; }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  void Start(const config::Settings& settings, base::Nanoseconds now);
  void KillStopped(base::Nanoseconds now);

  MasterContext context_;
  std::string run_directory_;
  std::optional<Listener> http_;
  std::string program_;
  bool kept_;
  pid_t pid_ = -1;
  base::Nanoseconds started_at_ = 0;
  base::Nanoseconds next_look_ = 0;
  bool seen_stopped_ = false;
  Backoff backoff_{base::kNanosecondsPerSecond / 2, 30 * base::kNanosecondsPerSecond};
};

// The listening socket of agent_bind. An address in use is an error when it was asked for, and a
// warning (and no socket) when it is the default.
base::Result<std::optional<Listener>> OpenAgentListener(const config::Settings& settings,
                                                        base::Logger& log);

}  // namespace monoceros::master
