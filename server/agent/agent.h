// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "agent/access.h"
#include "agent/control_service.h"
#include "agent/grpc_server.h"
#include "agent/http_routes.h"
#include "agent/http_server.h"
#include "agent/master_client.h"
#include "agent/options.h"
#include "agent/pool_metrics.h"
#include "agent/pool_watch.h"
#include "base/log.h"
#include "base/result.h"

namespace monoceros::agent {

// The agent: looks at the pool once a second, serves gRPC and HTTP. One thread of its own (Run),
// one for HTTP, one for the master's socket, and gRPC's.
class Agent {
 public:
  // Opens everything. The error is a sentence. `log` outlives it.
  static base::Result<std::unique_ptr<Agent>> Start(Options options, base::Logger& log);
  ~Agent();
  Agent(const Agent&) = delete;

  // Serves until `signals`, a signalfd, reports one, or until the master that started it is gone.
  void Run(const base::Fd& signals);

 private:
  Agent(Options options, Credentials credentials, Credentials tokens, base::Logger& log);
  base::Result<void> OpenHttp();
  base::Result<void> OpenControlBind();
  void Tick();
  void KeepLocalServer();
  bool HasRunDirectory() const;
  bool MasterGone() const;

  Options options_;
  base::Logger& log_;
  const pid_t parent_;
  const Credentials credentials_;  // of gRPC
  const Credentials tokens_;       // of HTTP: without certificates' names
  const Access local_access_;
  PoolWatch pool_;
  PoolMetrics metrics_;
  std::string complaint_;  // the last one logged about control.sock
  bool sees_pool_ = true;
  pid_t master_pid_ = 0;  // as the scoreboard says; 0: not seen yet
  std::optional<Access> http_access_;
  std::optional<Access> control_access_;
  // Ended from the last to the first; HTTP's replies may come until the master's client has ended.
  std::unique_ptr<HttpRoutes> routes_;
  std::unique_ptr<HttpServer> http_;
  MasterClient master_;
  ControlParts parts_;
  std::unique_ptr<GrpcServer> local_;
  std::unique_ptr<GrpcServer> remote_;
};

}  // namespace monoceros::agent
