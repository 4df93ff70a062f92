// SPDX-License-Identifier: Apache-2.0
#include "master/listeners.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace monoceros::master {
namespace {

constexpr int kTries = 5;
constexpr int kFirstServiceManagerFd = 3;

base::Result<Listener> OpenPatiently(const config::BindAddress& address, int backlog,
                                     base::Logger& log, const std::function<void()>& pause) {
  for (int left = kTries - 1;; --left) {
    bool in_use = false;
    auto listener = Listener::Open(address, backlog, in_use);
    if (listener || !in_use || left == 0) return listener;
    log.Error("{} is in use; trying again in 1 second ({} more {})", address.ToText(), left,
              left == 1 ? "try" : "tries");
    pause();
  }
}

int NumberFromEnvironment(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : 0;
}

}  // namespace

base::Result<Listeners> Listeners::Open(const std::vector<config::BindAddress>& addresses,
                                        int backlog, base::Logger& log,
                                        const std::function<void()>& pause) {
  Listeners opened;
  for (const config::BindAddress& address : addresses) {
    auto listener = OpenPatiently(address, backlog, log, pause);
    if (!listener) return tl::make_unexpected(listener.error());
    opened.listeners_.push_back(std::move(*listener));
  }
  return opened;
}

std::vector<int> Listeners::descriptors() const {
  std::vector<int> fds;
  fds.reserve(listeners_.size());
  for (const Listener& listener : listeners_) fds.push_back(listener.fd());
  return fds;
}

std::string Listeners::ToText() const {
  std::vector<std::string> texts;
  texts.reserve(listeners_.size());
  for (const Listener& listener : listeners_) texts.push_back(listener.ToText());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<base::Fd> Listeners::TakeAll() {
  std::vector<base::Fd> fds;
  fds.reserve(listeners_.size());
  for (Listener& listener : listeners_) fds.push_back(listener.Take());
  return fds;
}

std::vector<config::BindAddress> TakeServiceManagerSockets() {
  const bool ours = NumberFromEnvironment("LISTEN_PID") == ::getpid();
  const int count = ours ? NumberFromEnvironment("LISTEN_FDS") : 0;
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  std::vector<config::BindAddress> addresses;
  for (int fd = kFirstServiceManagerFd; fd < kFirstServiceManagerFd + count; ++fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    config::BindAddress address;
    address.kind = config::BindAddress::Kind::kInherited;
    address.fd = fd;
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace monoceros::master
