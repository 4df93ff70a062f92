// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "agent/grpc_credentials.h"
#include "agent/listening_socket.h"
#include "base/clock.h"
#include "base/syscall.h"
#include "config/bind_address.h"

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;

constexpr base::Nanoseconds kTick = base::kNanosecondsPerSecond;
// New files in it belong to its group; nobody but user and group may look.
constexpr mode_t kRunDirectory = 02770;
constexpr mode_t kPrivate = 0770;

config::Settings WithoutNames(config::Settings settings) {
  settings.control_read_sans.clear();
  settings.control_change_sans.clear();
  return settings;
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::Start(Options options, base::Logger& log) {
  auto credentials = Credentials::Open(options.settings);
  if (!credentials) return tl::make_unexpected(credentials.error());
  auto tokens = Credentials::Open(WithoutNames(options.settings));
  if (!tokens) return tl::make_unexpected(tokens.error());
  std::unique_ptr<Agent> agent(
      new Agent(std::move(options), std::move(*credentials), std::move(*tokens), log));
  const Result<void> opened = agent->OpenControlBind().and_then([&] { return agent->OpenHttp(); });
  if (!opened) return tl::make_unexpected(opened.error());
  return agent;
}

Agent::Agent(Options options, Credentials credentials, Credentials tokens, base::Logger& log)
    : options_(std::move(options)),
      log_(log),
      parent_(::getppid()),
      credentials_(std::move(credentials)),
      tokens_(std::move(tokens)),
      local_access_(Access::Policy::kLocal, credentials_),
      pool_(options_.settings.run_dir),
      metrics_(options_.settings, options_.settings.run_dir),
      master_([directory = options_.settings.run_dir] { return DialMaster(directory); },
              MONOCEROS_VERSION),
      parts_{pool_, master_} {
  if (options_.by_master) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

Agent::~Agent() {
  if (http_) http_->Stop();
}

Result<void> Agent::OpenHttp() {
  const std::string& text = options_.settings.agent_bind;
  if (!options_.http && !options_.by_master && !text.empty()) {
    const auto address = config::ParseBindAddress(text);
    if (!address) return Fail("agent_bind: " + address.error().message);
    auto listening = ListenOn(*address);
    if (!listening) return Fail("agent_bind: " + listening.error().message);
    options_.http = std::move(*listening);
    log_.Info("Agent listening at: {}", text);
  }
  if (!options_.http) return {};
  const bool loopback = IsLoopback(options_.http);
  http_access_.emplace(loopback ? Access::Policy::kLoopback : Access::Policy::kOpenRead, tokens_);
  routes_ = std::make_unique<HttpRoutes>(parts_, metrics_, *http_access_, loopback);
  http_ = std::make_unique<HttpServer>(std::move(options_.http), *routes_);
  return {};
}

Result<void> Agent::OpenControlBind() {
  const config::Settings& settings = options_.settings;
  if (settings.control_bind.empty()) return {};
  const auto address = config::ParseBindAddress(settings.control_bind);
  if (!address) return Fail("control_bind: " + address.error().message);
  const bool local = address->kind == config::BindAddress::Kind::kUnix;
  if (address->kind == config::BindAddress::Kind::kInherited) {
    return Fail("control_bind: HOST:PORT or unix:PATH is allowed");
  }
  auto safe = local ? Result<void>() : CheckProtected(*address, settings);
  if (!safe) return safe;
  const auto policy = local                  ? Access::Policy::kLocal
                      : IsLoopback(*address) ? Access::Policy::kLoopback
                                             : Access::Policy::kClosed;
  control_access_.emplace(policy, credentials_);
  if (policy == Access::Policy::kClosed && !HasTls(settings)) {
    log_.Warning(
        "control_bind: {} has no TLS: the tokens can be read on their way; set "
        "control_tls_cert and control_tls_key",
        settings.control_bind);
  }
  auto server = GrpcServer::Start(*address, settings, parts_, *control_access_);
  if (!server) return tl::make_unexpected(server.error());
  remote_ = std::move(*server);
  log_.Info("Control plane listening at: {} (port {})", settings.control_bind, remote_->port());
  const std::string missing = MissingAuthority(settings);
  if (!missing.empty()) log_.Warning("{}", missing);
  return {};
}

void Agent::Run(const base::Fd& signals) {
  base::Nanoseconds next = base::MonotonicNow();
  for (;;) {
    const base::Nanoseconds now = base::MonotonicNow();
    if (now >= next) {
      Tick();
      if (options_.by_master && MasterGone()) return log_.Info("The master is gone; agent ends");
      next = now + kTick;
    }
    pollfd ready{signals.get(), POLLIN, 0};
    const auto wait = std::max<base::Nanoseconds>(0, next - base::MonotonicNow());
    const int limit = static_cast<int>(wait / base::kNanosecondsPerMillisecond + 1);
    if (::poll(&ready, 1, limit) > 0) return;
  }
}

// It may have gone before we knew who it was: then another one, or none, is in the run directory.
bool Agent::MasterGone() const {
  return ::getppid() != parent_ || (master_pid_ != 0 && master_pid_ != parent_);
}

void Agent::Tick() {
  KeepLocalServer();
  const auto now = pool_.Tick();
  if (now) {
    metrics_.Tick(**now);
    master_pid_ = (*now)->header.master_pid;
  }
  if (now.has_value() != std::exchange(sees_pool_, now.has_value())) {
    if (now) {
      log_.Info("Following the server in {}", options_.settings.run_dir);
    } else {
      log_.Info("Waiting for a server: {}", now.error().message);
    }
  }
}

// Of server and agent, whoever comes first makes the run directory, as the server does it.
bool Agent::HasRunDirectory() const {
  const char* path = options_.settings.run_dir.c_str();
  struct stat status{};
  if (::stat(path, &status) == 0) return true;
  return !options_.by_master && ::mkdir(path, kPrivate) == 0 && ::chmod(path, kRunDirectory) == 0;
}

// The run directory may come later than we do, and go and come again with its server.
void Agent::KeepLocalServer() {
  if (local_ && local_->Reachable()) return;
  local_.reset();
  if (!HasRunDirectory()) return;
  auto server = GrpcServer::StartLocal(parts_, local_access_);
  if (server) {
    local_ = std::move(*server);
    complaint_.clear();
  } else if (std::exchange(complaint_, server.error().message) != complaint_) {
    log_.Error("{}", complaint_);
  }
}

}  // namespace monoceros::agent
