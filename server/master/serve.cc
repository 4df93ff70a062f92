// SPDX-License-Identifier: Apache-2.0
#include "master/serve.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "base/log_sinks.h"
#include "config/bind_address.h"
#include "master/arbiter.h"
#include "master/listeners.h"

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
  if (auto access_log = TryAccessLog(settings); !access_log) {
    log.Error("{}", access_log.error().message);
    return kExitStartError;
  }
  auto listeners = OpenListeners(settings, log);
  if (!listeners) {
    log.Error("{}", listeners.error().message);
    return kExitStartError;
  }
  return Arbiter({settings, std::move(reload_settings), std::move(*listeners), log, spawner}).Run();
}

}  // namespace monoceros::master
