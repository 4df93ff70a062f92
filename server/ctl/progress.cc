// SPDX-License-Identifier: Apache-2.0
#include "ctl/progress.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells say it

void OnInterrupt(int) {
  constexpr char kText[] = "\nThe change goes on; `monoctl status` shows how it ends.\n";
  static_cast<void>(!::write(STDERR_FILENO, kText, sizeof kText - 1));
  ::_exit(kExitInterrupted);
}

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) { ::signal(SIGINT, OnInterrupt); }

Progress::~Progress() {
  ::signal(SIGINT, SIG_DFL);
  if (terminal_ && shown_) fmt::print(stderr, "\r\033[K");
}

std::string ShowEvent(const control::v1::ApplyEvent& event) {
  if (event.workers_total() == 0) return event.message();
  return fmt::format("[{}/{}] {}", event.workers_done(), event.workers_total(), event.message());
}

void Progress::Show(const control::v1::ApplyEvent& event) {
  if (event.message().empty()) return;
  shown_ = true;
  const std::string text = ShowEvent(event);
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\033[K" : "", text, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace monoceros::ctl
