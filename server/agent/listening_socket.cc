// SPDX-License-Identifier: Apache-2.0
#include "agent/listening_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;
using config::BindAddress;

constexpr int kBacklog = 128;

tl::unexpected<base::Error> CannotListen(const BindAddress& address, const char* why) {
  return Fail(fmt::format("cannot listen on {}: {}", address.ToText(), why));
}

base::Fd Socket(int family) {
  return base::Fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool Bind(const base::Fd& fd, const sockaddr* name, socklen_t length) {
  return fd && ::bind(fd.get(), name, length) == 0 && ::listen(fd.get(), kBacklog) == 0;
}

Result<base::Fd> ListenOnTcp(const BindAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return CannotListen(address, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> names(found, ::freeaddrinfo);
  base::Fd fd = Socket(names->ai_family);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (Bind(fd, names->ai_addr, names->ai_addrlen)) return fd;
  return CannotListen(address, std::strerror(errno));
}

Result<base::Fd> ListenOnUnix(const BindAddress& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof name.sun_path) return CannotListen(address, "path too long");
  address.path.copy(name.sun_path, sizeof name.sun_path - 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&name);
  const base::Fd probe = Socket(AF_UNIX);
  // A socket file of a process that is gone is in the way.
  if (::connect(probe.get(), generic, sizeof name) != 0 && errno == ECONNREFUSED) {
    ::unlink(address.path.c_str());
  }
  base::Fd fd = Socket(AF_UNIX);
  if (!Bind(fd, generic, sizeof name)) return CannotListen(address, std::strerror(errno));
  ::chmod(address.path.c_str(), 0660);
  return fd;
}

}  // namespace

Result<base::Fd> ListenOn(const BindAddress& address) {
  switch (address.kind) {
    case BindAddress::Kind::kTcp:
      return ListenOnTcp(address);
    case BindAddress::Kind::kUnix:
      return ListenOnUnix(address);
    case BindAddress::Kind::kInherited:
      break;
  }
  int listens = 0;
  socklen_t length = sizeof listens;
  const int error = ::getsockopt(address.fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length);
  if (error != 0 || listens == 0) return CannotListen(address, "it is no listening socket");
  return base::Fd(address.fd);
}

bool IsLoopback(const base::Fd& listening) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&name), &length) != 0)
    return false;
  if (name.ss_family == AF_UNIX) return true;
  if (name.ss_family == AF_INET) {
    return ntohl(reinterpret_cast<const sockaddr_in&>(name).sin_addr.s_addr) >> 24 == 127;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
  return name.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
}

}  // namespace monoceros::agent
