// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/statsd_target.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace monoceros::agent {

namespace {

constexpr std::string_view kUnix = "unix:";

base::Fd OpenSocket(int family, const sockaddr* address, socklen_t length) {
  base::Fd socket(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), address, length) != 0) return base::Fd();
  return socket;
}

base::Fd OpenUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return base::Fd();
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return OpenSocket(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// "host:port", "[::1]:port".
std::pair<std::string, std::string> SplitHost(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, "8125"};
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return {host, address.substr(colon + 1)};
}

// Blocks. None: there is no such host.
base::Fd OpenUdp(const std::string& address) {
  const auto [host, port] = SplitHost(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return base::Fd();
  base::Fd socket;
  for (const addrinfo* entry = found; entry != nullptr && !socket; entry = entry->ai_next) {
    socket = OpenSocket(entry->ai_family, entry->ai_addr, entry->ai_addrlen);
  }
  ::freeaddrinfo(found);
  return socket;
}

}  // namespace

// Shared with the thread that looks up, which may outlive the target.
struct StatsdTarget::Lookup {
  base::Fd socket;  // the thread's until `done`
  std::atomic<bool> done = false;
};

StatsdTarget::StatsdTarget(std::string address) : address_(std::move(address)) {}

StatsdTarget::~StatsdTarget() = default;

bool StatsdTarget::Send(const std::string& datagram) {
  if (!Open()) return false;
  const ssize_t sent =
      ::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return true;
  // A full buffer passes; anything else may mean that the server is somewhere else now. (UDP says
  // ECONNREFUSED once for a datagram before this one, and goes on.)
  const bool passes = errno == EAGAIN || errno == ENOBUFS ||
                      (errno == ECONNREFUSED && !address_.starts_with(kUnix));
  if (!passes) socket_.Close();
  return false;
}

bool StatsdTarget::Open() {
  if (socket_) return true;
  if (lookup_ && lookup_->done.load(std::memory_order_acquire)) {
    socket_ = std::move(lookup_->socket);
    lookup_.reset();
    if (socket_) return true;
  }
  const base::Nanoseconds now = base::MonotonicNow();
  if (lookup_ || (tried_at_ != 0 && now - tried_at_ < kRetry)) return false;
  tried_at_ = now;
  if (!address_.starts_with(kUnix)) {
    StartLookup();
  } else {
    socket_ = OpenUnix(address_.substr(kUnix.size()));
  }
  return static_cast<bool>(socket_);
}

void StatsdTarget::StartLookup() {
  lookup_ = std::make_shared<Lookup>();
  try {
    std::thread([lookup = lookup_, address = address_] {
      lookup->socket = OpenUdp(address);
      lookup->done.store(true, std::memory_order_release);
    }).detach();
  } catch (const std::system_error&) {
    lookup_.reset();  // no thread to be had now; the next try may find one
  }
}

}  // namespace monoceros::agent
