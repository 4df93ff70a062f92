// SPDX-License-Identifier: Apache-2.0
#include "master/agent_process.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

#include "config/settings_json.h"
#include "master/exit_report.h"
#include "master/installation.h"
#include "master/process_sampler.h"

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kLeaveTime = 2 * base::kNanosecondsPerSecond;
// Seen stopped twice in a row, it is given up.
constexpr base::Nanoseconds kLookPause = 10 * base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kStableTime = 10 * base::kNanosecondsPerSecond;
constexpr int kBacklog = 128;

base::Fd SettingsMemory(const config::Settings& settings) {
  const std::string text = config::ToJson(settings);
  base::Fd memory(::memfd_create("monoceros-settings", MFD_CLOEXEC));
  const bool whole = memory && ::write(memory.get(), text.data(), text.size()) ==
                                   static_cast<ssize_t>(text.size());
  if (!whole) return base::Fd();
  ::lseek(memory.get(), 0, SEEK_SET);
  return memory;
}

}  // namespace

base::Result<std::optional<Listener>> OpenAgentListener(const config::Settings& settings,
                                                        base::Logger& log) {
  if (!settings.agent || settings.agent_bind.empty()) return std::nullopt;
  const auto address = config::ParseBindAddress(settings.agent_bind);
  if (!address) return tl::make_unexpected(address.error());
  bool in_use = false;
  auto listener = Listener::Open(*address, kBacklog, in_use);
  if (listener) return std::optional<Listener>(std::move(*listener));
  const bool asked_for = settings.sources.contains("agent_bind");
  if (asked_for) {
    return base::Fail(fmt::format("agent_bind: {}", listener.error().message));
  }
  log.Warning(
      "No metrics and no dashboard by HTTP: agent_bind: {}; --agent-bind names another "
      "address",
      listener.error().message);
  return std::nullopt;
}

AgentProcess::AgentProcess(const MasterContext& context, const config::Settings& settings,
                           std::string run_directory, std::optional<Listener> http)
    : context_(context),
      run_directory_(std::move(run_directory)),
      http_(std::move(http)),
      program_(settings.agent ? FindBeside("monoceros-agent") : ""),
      kept_(settings.agent && !program_.empty()) {
  if (settings.agent && program_.empty()) {
    context_.log.Warning(
        "monoceros-agent is not installed beside monoceros: no metrics, dashboard "
        "and control plane; --no-agent says so for good");
  }
  if (kept_ && http_) context_.log.Info("Agent listening at: {}", http_->ToText());
}

void AgentProcess::Keep(const config::Settings& settings, base::Nanoseconds now) {
  if (kept_ && pid_ < 0 && backoff_.MayStart(now)) Start(settings, now);
  if (kept_ && pid_ > 0 && now >= next_look_) KillStopped(now);
}

void AgentProcess::KillStopped(base::Nanoseconds now) {
  next_look_ = now + kLookPause;
  const bool stopped = IsStopped("/proc/" + std::to_string(pid_));
  if (!stopped || !std::exchange(seen_stopped_, true)) {
    seen_stopped_ = stopped;
    return;
  }
  context_.log.Error("Agent (pid:{}) was stopped by a signal; it is killed", pid_);
  ::kill(pid_, SIGKILL);
}

void AgentProcess::Start(const config::Settings& settings, base::Nanoseconds now) {
  backoff_.Attempted();
  started_at_ = now;
  seen_stopped_ = false;
  const base::Fd memory = SettingsMemory(settings);
  std::vector<std::string> command = {program_, "--run-dir", run_directory_, "--config-fd",
                                      std::to_string(memory.get())};
  std::vector<int> kept = {memory.get()};
  if (http_) {
    command.insert(command.end(), {"--http-fd", std::to_string(http_->fd())});
    kept.push_back(http_->fd());
  }
  const auto pid = memory ? context_.spawner.Execute(command, kept)
                          : base::Result<pid_t>(base::Fail("no memory for its settings"));
  if (pid) {
    pid_ = *pid;
    return context_.log.Debug("Starting agent with pid: {}", pid_);
  }
  backoff_.Failed(now);
  context_.log.Error("The agent cannot be started: {}", pid.error().message);
}

bool AgentProcess::OnExit(pid_t pid, int wait_status, base::Nanoseconds now) {
  if (pid != pid_) return false;
  pid_ = -1;
  if (now - started_at_ >= kStableTime) backoff_.Succeeded();
  backoff_.Failed(now);
  if (kept_) {
    context_.log.Error("Agent (pid:{}) {}; a new one starts in {} s, requests are served on", pid,
                       DescribeExit(wait_status), base::ToSeconds(backoff_.pause()));
  }
  return true;
}

void AgentProcess::Stop(base::Nanoseconds now) {
  if (!std::exchange(kept_, false)) return;
  http_.reset();
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  context_.leaving.Add(std::exchange(pid_, -1), now + kLeaveTime);
}

base::Nanoseconds AgentProcess::NextDeadline(base::Nanoseconds otherwise) const {
  if (!kept_) return otherwise;
  return std::min(otherwise, pid_ < 0 ? backoff_.not_before() : next_look_);
}

}  // namespace monoceros::master
