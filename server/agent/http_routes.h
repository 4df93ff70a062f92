// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "agent/access.h"
#include "agent/control_service.h"
#include "agent/http_server.h"
#include "agent/pool_metrics.h"

namespace monoceros::agent {

// What the agent's HTTP address serves:
//   GET  /              the dashboard                 open
//   GET  /livez         "ok", always                  open
//   GET  /metrics       Prometheus; ?detail=slots     open
//   GET  /api/info      ServerInfo, and who may change
//   GET  /api/status    Status; ?detail=0 leaves out the workers
//   GET  /api/events    the same as server-sent events, each second
//   GET  /api/config    Config
//   GET  /api/stacks    Stacks; ?slot=N, ?last_timeout=1
//   POST /api/apply, /api/reload, /api/restart, /api/drain: the requests of control.proto as JSON;
//                       the answer, an ApplyResponse, comes when the change is done
// Errors are JSON: {"code", "message"}. Only the server's thread calls it.
class HttpRoutes final : public HttpHandler {
 public:
  // Everything outlives it. `loopback`: only this machine reaches the address by TCP.
  HttpRoutes(ControlParts& parts, PoolMetrics& metrics, const Access& access, bool loopback);

  void Handle(const HttpRequest& request, HttpReply reply) override;

 private:
  void Get(const HttpRequest& request, const HttpReply& reply);
  void Look(const HttpRequest& request, const HttpReply& reply);
  void Change(const HttpRequest& request, const HttpReply& reply);
  HttpResponse Metrics(const HttpRequest& request);
  HttpResponse Info(const HttpRequest& request) const;
  HttpResponse Status(const HttpRequest& request);
  HttpResponse Events(const HttpRequest& request);
  HttpResponse PageResponse() const;

  ControlParts& parts_;
  PoolMetrics& metrics_;
  const Access& access_;
  const bool loopback_;
  const std::string page_policy_;
};

}  // namespace monoceros::agent
