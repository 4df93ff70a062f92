// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "config/load.h"
#include "master/check_config.h"
#include "master/process_memory.h"
#include "master/process_spawner.h"
#include "master/serve.h"
#include "router/log/format.h"

namespace {

namespace base = monoceros::base;
namespace config = monoceros::config;
namespace master = monoceros::master;

// A socket must never get the number of a standard stream that our parent left closed.
void OpenStandardStreams() {
  while (true) {
    const int fd = ::open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) ::close(fd);
    if (fd < 0 || fd > STDERR_FILENO) return;
  }
}

base::Result<config::Invocation> Load(int argc, char** argv) {
  auto invocation = config::Load(argc, argv, config::Environment::OfThisProcess());
  if (!invocation) return invocation;
  // The one value whose form only the router knows; config includes nothing of it.
  const auto format = monoceros::router::CompileFormat(invocation->settings.access_log_format);
  if (!format) return tl::make_unexpected(format.error());
  return invocation;
}

int Run(int argc, char** argv, const master::ProcessSpawner& spawner) {
  const auto load = [=] { return Load(argc, argv); };
  const auto invocation = load();
  if (!invocation) {
    fmt::print(stderr, "monoceros: {}\n", invocation.error().message);
    return 1;
  }
  switch (invocation->action) {
    case config::Action::kShowText:
    case config::Action::kPrintConfig:
      fmt::print("{}", invocation->text);
      return 0;
    case config::Action::kCheckConfig:
      return master::CheckConfig(invocation->settings, spawner);
    case config::Action::kServe:
      break;
  }
  const auto reload = [load]() -> base::Result<config::Settings> {
    auto again = load();
    if (!again) return tl::make_unexpected(again.error());
    return std::move(again->settings);
  };
  return master::Serve(invocation->settings, reload, spawner);
}

}  // namespace

int main(int argc, char** argv) {
  const master::ProcessSpawner spawner(master::ProcessMemory(argv, environ));
  try {
    OpenStandardStreams();
    return Run(argc, argv, spawner);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "monoceros: {}\n", failure.what());
    return 1;
  }
}
