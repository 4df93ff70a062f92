// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "agent/agent.h"
#include "agent/options.h"
#include "base/log.h"
#include "base/log_sinks.h"
#include "base/syscall.h"
#include "config/environment.h"

namespace {

namespace agent = monoceros::agent;
namespace base = monoceros::base;

constexpr size_t kLogBytes = 64 * 1024;

// Before any thread starts, so that all of them leave these signals to the descriptor. A terminal
// sends its own to the master too, which ends us when it is time.
base::Fd TakeSignals(bool by_master) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  for (const int number : {SIGPIPE, SIGHUP}) std::signal(number, SIG_IGN);
  for (const int number : {SIGINT, SIGQUIT}) {
    if (by_master) {
      std::signal(number, SIG_IGN);
    } else {
      sigaddset(&set, number);
    }
  }
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return base::Fd(base::Check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd()"));
}

int Fail(const std::string& why) {
  fmt::print(stderr, "monoceros-agent: {}\n", why);
  return 1;
}

int Run(agent::Options options) {
  const base::Fd signals = TakeSignals(options.by_master);
  auto target = base::OpenLog(options.settings.errorlog, STDERR_FILENO);
  if (!target) return Fail("errorlog: " + target.error().message);
  base::ThreadSink sink(std::move(*target), kLogBytes);
  const auto level = base::ParseLogLevel(options.settings.loglevel);
  base::Logger log(sink, level.value_or(base::LogLevel::kInfo), options.settings.log_json, "agent");
  auto started = agent::Agent::Start(std::move(options), log);
  if (!started) {
    log.Error("The agent cannot start: {}", started.error().message);
    return 1;
  }
  (*started)->Run(signals);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC's own complaints about each broken peer are no log for people.
  ::setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  try {
    auto options = agent::ReadOptions(std::vector<std::string>(argv + 1, argv + argc),
                                      monoceros::config::Environment::OfThisProcess());
    if (!options) return Fail(options.error().message);
    if (!options->text.empty()) {
      fmt::print("{}", options->text);
      return 0;
    }
    return Run(std::move(*options));
  } catch (const std::exception& failure) {
    return Fail(failure.what());
  }
}
