// SPDX-License-Identifier: Apache-2.0
#include "master/check_config.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdio>

#include "base/clock.h"
#include "base/event_loop.h"
#include "master/exit_report.h"
#include "master/template_process.h"

namespace monoceros::master {
namespace {

using State = TemplateProcess::State;

constexpr base::Nanoseconds kPatience = 3 * base::kNanosecondsPerSecond;

int Complain(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  return 1;
}

State AwaitVerdict(base::EventLoop& loop, TemplateProcess& process, double boot_timeout) {
  const base::Nanoseconds deadline =
      boot_timeout > 0 ? base::MonotonicNow() + base::FromSeconds(boot_timeout) : INT64_MAX;
  while (process.state() == State::kStarting) {
    const base::Nanoseconds left = deadline - base::MonotonicNow();
    if (left <= 0) break;
    loop.Turn(left);
    process.ReadMessages();
  }
  return process.state();
}

// How the process ended; one that does not end by itself is killed.
int AwaitExit(pid_t pid) {
  int wait_status = 0;
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  while (::waitpid(pid, &wait_status, WNOHANG) == 0) {
    if (base::MonotonicNow() >= deadline) ::kill(pid, SIGKILL);
    const timespec moment{0, 5 * base::kNanosecondsPerMillisecond};
    ::nanosleep(&moment, nullptr);
  }
  return wait_status;
}

}  // namespace

int CheckConfig(const config::Settings& settings, const ProcessSpawner& spawner) {
  const auto program = FindTemplateProgram(settings);
  if (!program) return Complain(program.error().message);
  config::Settings importing = settings;
  importing.preload = config::Preload::kOn;
  base::EventLoop loop;
  auto started = TemplateProcess::Start(loop, spawner, *program, importing, 1);
  if (!started) return Complain(started.error().message);

  std::unique_ptr<TemplateProcess> process = std::move(*started);
  const State verdict = AwaitVerdict(loop, *process, settings.boot_timeout);
  const std::string error = process->error();
  const pid_t pid = process->pid();
  process.reset();
  if (verdict == State::kStarting) ::kill(pid, SIGKILL);
  const int wait_status = AwaitExit(pid);
  switch (verdict) {
    case State::kReady:
      return 0;
    case State::kFailed:
      return Complain(error);
    case State::kStarting:
      return Complain(fmt::format("the application was not imported within boot_timeout ({} s)",
                                  settings.boot_timeout));
    case State::kGone:
      break;
  }
  return Complain(fmt::format("the application's interpreter {} {} before it was ready",
                              program->python, DescribeExit(wait_status)));
}

}  // namespace monoceros::master
