// SPDX-License-Identifier: Apache-2.0
#include "worker/template/template.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/syscall.h"
#include "worker/classes/run.h"
#include "worker/classes/serve.h"
#include "worker/classes/signals.h"
#include "worker/gil_meter/install.h"
#include "worker/template/app_metrics.h"
#include "worker/template/application.h"
#include "worker/template/hazards.h"
#include "worker/template/patch.h"
#include "worker/template/reports.h"

namespace monoceros::worker {
namespace {

constexpr int kImportFailed = 3;
constexpr int kLooks = 10;
constexpr timespec kBetweenLooks{0, 20'000'000};

// A thread that Python has joined, or a child that it has waited for, may still be on its way out
// of the kernel: what is a hazard is there for 200 ms.
std::vector<std::string> HazardsThatStay(const Snapshot& before, const std::string& app_metrics) {
  for (int look = 1;; ++look) {
    Snapshot after = TakeSnapshot();
    ForgetAppMetrics(app_metrics, after);
    auto hazards = FindHazards(before, after, PythonThreads(), CountForkSafeThreads());
    if (hazards.empty() || look == kLooks) return hazards;
    ::nanosleep(&kBetweenLooks, nullptr);
  }
}

}  // namespace

Template::Template(base::Fd socket)
    : socket_(std::move(socket)),
      sink_(base::Fd(base::Check(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), "dup(stderr)"))) {
  // Programs that the application starts must not keep the socket open.
  base::Check(::fcntl(socket_.fd(), F_SETFD, FD_CLOEXEC), "fcntl(F_SETFD)");
  UseLogger("template");
}

int Template::Run() {
  InstallTemplateSignals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!Begin()) return kImportFailed;
  return FollowMaster();
}

bool Template::Begin() {
  base::Message message;
  if (Await(message) != base::ReceiveStatus::kMessage) return true;
  base::Result<std::vector<std::string>> hazards =
      ParseStart(message)
          .map([&](StartOrder order) { start_ = std::move(order); })
          .and_then([&] { return PreparePaths(start_); })
          .and_then([&] { return Patch(); })
          .and_then([&] { return StartAppMetrics(start_.app_metrics_dir); })
          .map([&] { BeginAccounting(); })
          .and_then([&] { return Preload(); });
  UseLogger("template");
  if (!hazards) {
    socket_.Send(FailedReport(hazards.error().message));
    return false;
  }
  if (start_.preload == worker::Preload::kOn) {
    for (const std::string& hazard : *hazards) {
      logger_->Warning("preloaded although it is not safe to fork: {}", hazard);
    }
    hazards->clear();
  }
  socket_.Send(ReadyReport(static_cast<bool>(application_), *hazards));
  return true;
}

// Before anything else is imported that would keep what is patched.
base::Result<void> Template::Patch() {
  UseLogger("template");
  const Class* const kind = FindClass(start_.worker_class);
  if (kind == nullptr) return {};
  return PatchFor(*kind, start_.patch_except, *logger_);
}

// Before the application is imported: its threads must find the meter installed.
void Template::BeginAccounting() {
  accounting_.cpu = start_.full_accounting;
  accounting_.request_run_queue = start_.server_timing;
  if (!start_.full_accounting) return;
  const gil_meter::Installed installed = gil_meter::Install();
  accounting_.gil = installed.state;
  if (installed.reason.empty()) return;
  logger_->Warning("GIL wait is not measured: {}", installed.reason);
}

base::Result<std::vector<std::string>> Template::Preload() {
  if (start_.preload == worker::Preload::kOff) return {};
  const Snapshot before = TakeSnapshot();
  base::Result<python::Ref> application = LoadApplication(start_);
  if (!application) return tl::make_unexpected(application.error());
  application_ = std::move(*application);
  FreezeObjects();
  FlushStreams();
  return HazardsThatStay(before, start_.app_metrics_dir);
}

int Template::FollowMaster() {
  base::Message message;
  while (true) {
    const base::ReceiveStatus status = Await(message);
    if (status == base::ReceiveStatus::kClosed) return 0;
    if (status == base::ReceiveStatus::kEmpty || Operation(message) != "fork") continue;
    if (const std::optional<int> exit_status = Fork(std::move(message))) return *exit_status;
    message = {};
  }
}

base::ReceiveStatus Template::Await(base::Message& message) {
  PyThreadState* const state = PyEval_SaveThread();
  const base::ReceiveStatus status = socket_.ReceiveWithin(message, -1);
  PyEval_RestoreThread(state);
  return status;
}

std::optional<int> Template::Fork(base::Message message) {
  base::Result<ForkOrder> order = ParseFork(std::move(message));
  if (!order) {
    logger_->Error("{}", order.error().message);
    return std::nullopt;
  }
  base::Result<ForkedWorker> forked = ForkTwice();
  if (!forked) {
    socket_.Send(ForkFailedReport(order->incarnation, forked.error().message));
    return std::nullopt;
  }
  if (forked->pid == 0) return BecomeWorker(std::move(*forked), std::move(*order));
  socket_.Send(ForkedReport(order->incarnation, forked->pid));
  return std::nullopt;
}

int Template::BecomeWorker(ForkedWorker forked, ForkOrder order) {
  InstallWorkerSignals();
  socket_.Close();
  AwaitRelease(forked);
  UseLogger("worker");
  if (auto entered = EnterAppMetrics(start_.app_metrics_dir, order.row); !entered) {
    logger_->Warning("{}", entered.error().message);
  }
  return RunWorker(start_, std::move(order), accounting_, application_, *logger_);
}

void Template::UseLogger(const char* process) {
  logger_ = std::make_unique<base::Logger>(sink_, start_.log_level, start_.log_json, process);
}

}  // namespace monoceros::worker
