// SPDX-License-Identifier: Apache-2.0
#include "master/signal_queue.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/syscall.h"

namespace monoceros::master {
namespace {

constexpr std::array<std::pair<int, const char*>, 10> kSignals = {{{SIGHUP, "hup"},
                                                                   {SIGTTIN, "ttin"},
                                                                   {SIGTTOU, "ttou"},
                                                                   {SIGQUIT, "quit"},
                                                                   {SIGINT, "int"},
                                                                   {SIGTERM, "term"},
                                                                   {SIGCHLD, "chld"},
                                                                   {SIGUSR1, "usr1"},
                                                                   {SIGUSR2, "usr2"},
                                                                   {SIGWINCH, "winch"}}};

}  // namespace

sigset_t MasterSignals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const auto& [number, name] : kSignals) ::sigaddset(&set, number);
  return set;
}

const char* SignalName(int number) {
  for (const auto& [known, name] : kSignals) {
    if (known == number) return name;
  }
  return "unknown";
}

void SetSignalsOfForkedChild() {
  for (const auto& [number, name] : kSignals) {
    ::signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

SignalQueue::SignalQueue(base::EventLoop& loop) : loop_(loop) {
  const sigset_t set = MasterSignals();
  base::Check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
  ::signal(SIGPIPE, SIG_IGN);
  fd_ = base::Fd(base::Check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
  loop_.Add(fd_.get(), EPOLLIN, this);
}

SignalQueue::~SignalQueue() { loop_.Remove(fd_.get()); }

void SignalQueue::OnEvents(uint32_t) {
  signalfd_siginfo info;
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    pending_.push_back(static_cast<int>(info.ssi_signo));
  }
}

int SignalQueue::Take() {
  if (pending_.empty()) return 0;
  const int number = pending_.front();
  pending_.pop_front();
  return number;
}

}  // namespace monoceros::master
