// SPDX-License-Identifier: Apache-2.0
#include "master/serve.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log_sinks.h"
#include "config/bind_address.h"
#include "master/agent_process.h"
#include "master/arbiter.h"
#include "master/channel_plan.h"
#include "master/listeners.h"
#include "master/live_state.h"
#include "master/run_directory.h"

namespace monoceros::master {
namespace {

void PauseOneSecond() {
  const timespec second{1, 0};
  ::nanosleep(&second, nullptr);
}

// The sockets of a service manager take the place of the configured ones, as with Gunicorn.
base::Result<std::vector<config::BindAddress>> AddressesOf(const config::Settings& settings) {
  std::vector<config::BindAddress> addresses = TakeServiceManagerSockets();
  if (!addresses.empty()) return addresses;
  for (const std::string& text : settings.bind) {
    auto address = config::ParseBindAddress(text);
    if (!address) return base::Fail(fmt::format("bind {}: {}", text, address.error().message));
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

base::Result<Listeners> OpenListeners(const config::Settings& settings, base::Logger& log) {
  const auto addresses = AddressesOf(settings);
  if (!addresses) return tl::make_unexpected(addresses.error());
  return Listeners::Open(*addresses, settings.backlog, log, PauseOneSecond);
}

// The router opens the access log for itself; that it can is checked while somebody looks.
base::Result<base::Fd> TryAccessLog(const config::Settings& settings) {
  if (settings.accesslog.empty()) return base::Fd();
  return base::OpenLog(settings.accesslog, STDOUT_FILENO);
}

base::Result<std::optional<Listener>> OpenHealthListener(const config::Settings& settings) {
  if (settings.health_bind.empty()) return std::nullopt;
  const auto address = config::ParseBindAddress(settings.health_bind);
  if (!address) return tl::make_unexpected(address.error());
  bool in_use = false;
  auto listener = Listener::Open(*address, settings.backlog, in_use);
  if (listener) return std::optional<Listener>(std::move(*listener));
  return base::Fail("health_bind: " + listener.error().message);
}

// What names the server among others: where it really listens.
std::string IdentityOf(const Listeners& listeners) {
  const std::string text = listeners.ToText();
  const size_t path = text.find("unix:");
  const bool relative = path != std::string::npos && !text.substr(path + 5).starts_with('/');
  std::error_code ignored;
  return relative ? text + " in " + std::filesystem::current_path(ignored).string() : text;
}

// The configuration, or what a running server was changed to before it was started again.
LiveState LoadLive(const config::Settings& settings, const RunDirectory& directory,
                   base::Logger& log) {
  LiveState live(settings);
  const std::string path = directory.live_state_path();
  if (auto loaded = live.Load(path); !loaded) {
    log.Error("The last live values are not used: {}", loaded.error().message);
  }
  const uint64_t revision = live.values().revision;
  if (revision > 0) {
    log.Info("Live revision {} stays over the configuration (remove {} to be rid of it)", revision,
             path);
  }
  return live;
}

// How it ended.
struct Ending {
  int status = 0;
  std::string start_failure;
};

// Opens everything that may fail while somebody looks, then runs.
base::Result<Ending> Run(const config::Settings& settings,
                         std::function<base::Result<config::Settings>()> reload_settings,
                         const ProcessSpawner& spawner, base::Logger& log) {
  if (auto access_log = TryAccessLog(settings); !access_log) {
    return tl::make_unexpected(access_log.error());
  }
  auto listeners = OpenListeners(settings, log);
  if (!listeners) return tl::make_unexpected(listeners.error());
  auto health = OpenHealthListener(settings);
  if (!health) return tl::make_unexpected(health.error());
  auto agent = OpenAgentListener(settings, log);
  if (!agent) return tl::make_unexpected(agent.error());
  auto directory = RunDirectory::Open(settings.run_dir, IdentityOf(*listeners), log);
  if (!directory) return tl::make_unexpected(directory.error());

  LiveState live = LoadLive(settings, *directory, log);
  const config::Settings& wanted = live.settings();
  const BoardShape shape = BoardFor(wanted.workers, wanted.reload_surge, wanted.threads);
  auto scoreboard = directory->CreateScoreboard(shape.worker_rows, shape.threads_per_worker);
  if (!scoreboard) return tl::make_unexpected(scoreboard.error());
  auto control = directory->Listen("master.sock");
  if (!control) return tl::make_unexpected(control.error());
  if (auto published = directory->Publish(); !published) {
    return tl::make_unexpected(published.error());
  }
  Arbiter arbiter({std::move(live), std::move(reload_settings), std::move(*listeners),
                   std::move(*health), std::move(*agent), *directory, std::move(*scoreboard),
                   std::move(*control), log, spawner});
  const int status = arbiter.Run();
  return Ending{status, arbiter.start_failure()};
}

std::string_view LastLine(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.substr(text.rfind('\n') + 1);
}

// The last line, because that is where a supervisor (Kubernetes among them) looks for the reason;
// on standard error too when the log is elsewhere.
void SayLastWords(const std::string& words, const config::Settings& settings, base::Logger& log) {
  log.Error("{}", words);
  if (settings.errorlog != "-") fmt::print(stderr, "monoceros: {}\n", words);
}

}  // namespace

int Serve(const config::Settings& settings,
          std::function<base::Result<config::Settings>()> reload_settings,
          const ProcessSpawner& spawner) {
  auto log_file = base::OpenLog(settings.errorlog, STDERR_FILENO);
  if (!log_file) {
    fmt::print(stderr, "monoceros: {}\n", log_file.error().message);
    return kExitStartError;
  }
  base::DirectSink sink(std::move(*log_file));
  base::Logger log(sink, base::ParseLogLevel(settings.loglevel).value_or(base::LogLevel::kInfo),
                   settings.log_json, "master");
  log.Info("Starting monoceros {}", MONOCEROS_VERSION);
  const auto ending = Run(settings, std::move(reload_settings), spawner, log);
  if (!ending) {
    SayLastWords(ending.error().message, settings, log);
    return kExitStartError;
  }
  if (!ending->start_failure.empty()) {
    SayLastWords(fmt::format("Ends with status {}: the application could not be started: {}",
                             ending->status, LastLine(ending->start_failure)),
                 settings, log);
  }
  return ending->status;
}

}  // namespace monoceros::master
