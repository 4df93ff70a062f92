// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/signals.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

#include "scoreboard/stamps.h"

namespace monoceros::worker {
namespace {

// A signal handler has no argument of its own, so this one word cannot be anybody's member.
std::atomic<bool> retire_asked{false};

void AskRetirement(int) { retire_asked.store(true, std::memory_order_relaxed); }
void Nothing(int) {}

void Install(int signal, void (*handler)(int), int flags) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void InstallTemplateSignals() {
  for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGQUIT}) Install(signal, Nothing, SA_RESTART);
}

void InstallWorkerSignals() {
  for (const int signal : {SIGINT, SIGHUP}) Install(signal, Nothing, SA_RESTART);
  for (const int signal : {SIGTERM, SIGQUIT}) Install(signal, AskRetirement, 0);
  for (const int signal : {SIGABRT, SIGCHLD}) Install(signal, SIG_DFL, 0);
  // Until the worker class listens to it.
  Install(scoreboard::InterruptSignal(), Nothing, SA_RESTART);
}

bool TakeRetireSignal() {
  return retire_asked.load(std::memory_order_relaxed) &&
         retire_asked.exchange(false, std::memory_order_relaxed);
}

}  // namespace monoceros::worker
