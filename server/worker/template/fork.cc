// SPDX-License-Identifier: Apache-2.0
#include "worker/python/python.h"

#include "worker/template/fork.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include "base/syscall.h"

namespace monoceros::worker {
namespace {

struct Pipe {
  base::Fd reader;
  base::Fd writer;
};

Pipe MakePipe() {
  std::array<int, 2> ends;
  base::Check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return {base::Fd(ends[0]), base::Fd(ends[1])};
}

// In the process in between. Returns only in the worker.
void ForkAgain(const Pipe& report) {
  pid_t pid = ::fork();
  if (pid == 0) return;
  if (pid < 0) pid = -errno;
  const ssize_t written = ::write(report.writer.get(), &pid, sizeof pid);
  ::_exit(written == sizeof pid ? 0 : 1);
}

base::Result<ForkedWorker> AwaitReport(pid_t between, const Pipe& report, Pipe& release) {
  pid_t pid = 0;
  const ssize_t got =
      base::RetryOnEintr([&] { return ::read(report.reader.get(), &pid, sizeof pid); });
  base::RetryOnEintr([&] { return ::waitpid(between, nullptr, 0); });
  if (got != sizeof pid) return base::Fail("the process between template and worker died");
  if (pid < 0) return base::Fail(std::string("fork: ") + std::strerror(-pid));
  return ForkedWorker{pid, std::move(release.writer)};
}

}  // namespace

base::Result<ForkedWorker> ForkTwice() {
  Pipe report = MakePipe();
  Pipe release = MakePipe();
  PyOS_BeforeFork();
  const pid_t between = ::fork();
  if (between == 0) {
    ForkAgain(report);
    PyOS_AfterFork_Child();
    return ForkedWorker{0, std::move(release.reader)};
  }
  const int error = errno;
  PyOS_AfterFork_Parent();
  if (between < 0) return base::Fail(std::string("fork: ") + std::strerror(error));
  report.writer.Close();
  return AwaitReport(between, report, release);
}

void AwaitRelease(ForkedWorker& worker) {
  char byte;
  base::RetryOnEintr([&] { return ::read(worker.release.get(), &byte, 1); });
  worker.release.Close();
  // The kernel looks at who is the parent now, so this must not come before the process in between
  // has gone.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace monoceros::worker
