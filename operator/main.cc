// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/log_sinks.h"
#include "check.h"
#include "kube/access.h"
#include "manager.h"
#include "options.h"

namespace {

namespace base = monoceros::base;
namespace kube = monoceros::kube;
namespace manager = monoceros::manager;

constexpr size_t kLogBytes = 256 * 1024;

int Fail(const std::string& why) {
  fmt::print(stderr, "monoceros-operator: {}\n", why);
  return 1;
}

manager::Manager::End Work(manager::Options options, kube::Access access, base::Logger& log) {
  auto program = std::make_unique<manager::Manager>(std::move(options), std::move(access), log);
  const manager::Manager::End end = program->Run();
  // What coroutines that did not end hold must not be destroyed under them.
  if (!end.clean) static_cast<void>(program.release());
  return end;
}

int Check(const kube::Access& access, const std::string& ns) {
  const auto checked = manager::CheckCluster(access, ns);
  if (!checked) return Fail(checked.error().message);
  fmt::print("{}\n", *checked);
  return 0;
}

int Run(manager::Options options) {
  auto target = base::OpenLog("-", STDERR_FILENO);
  if (!target) return Fail(target.error().message);
  auto sink = std::make_unique<base::ThreadSink>(std::move(*target), kLogBytes);
  base::Logger log(*sink, options.log_level, options.log_json, "operator");
  auto access = kube::FindAccess(options.kubeconfig, options.context);
  if (!access) {
    log.Error("The API server cannot be found: {}", access.error().message);
    return 1;
  }
  if (options.check) return Check(*access, options.ns);
  const auto end = Work(std::move(options), std::move(*access), log);
  if (end.clean) return end.code;
  sink.reset();  // writes what is left of the log
  if (end.defect) std::abort();
  std::_Exit(end.code);
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC's own complaints about each broken peer are no log for people.
  ::setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  std::signal(SIGPIPE, SIG_IGN);
  auto options = manager::ReadOptions(std::vector<std::string>(argv + 1, argv + argc));
  if (!options) return Fail(options.error().message);
  if (!options->text.empty()) {
    fmt::print("{}", options->text);
    return 0;
  }
  return Run(std::move(*options));
}
