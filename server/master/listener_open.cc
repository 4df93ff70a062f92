// SPDX-License-Identifier: Apache-2.0
// Making one listening socket.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "master/listeners.h"

namespace monoceros::master {
namespace {

using config::BindAddress;
using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

tl::unexpected<base::Error> FailToListen(const BindAddress& address, int error) {
  const std::string text = address.ToText();
  switch (error) {
    case EADDRINUSE:
      return base::Fail(
          fmt::format("{} is in use by another program; stop that one or choose "
                      "another address with --bind",
                      text));
    case EACCES:
      return base::Fail(fmt::format("no permission to listen on {}{}", text,
                                    address.kind == BindAddress::Kind::kTcp && address.port < 1024
                                        ? " (ports below 1024 need CAP_NET_BIND_SERVICE)"
                                        : ""));
    case EADDRNOTAVAIL:
      return base::Fail(fmt::format("cannot listen on {}: this machine has no such address", text));
    default:
      return base::Fail(fmt::format("cannot listen on {}: {}", text, ::strerror(error)));
  }
}

// Addresses as they are, names preferably as IPv4 (as Gunicorn does).
base::Result<AddressList> Resolve(const BindAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const std::string port = std::to_string(address.port);
  addrinfo* found = nullptr;
  int error = EAI_NONAME;
  for (const auto& [family, flags] :
       {std::pair{AF_UNSPEC, AI_NUMERICHOST}, std::pair{AF_INET, 0}, std::pair{AF_INET6, 0}}) {
    hints.ai_family = family;
    hints.ai_flags = flags | AI_PASSIVE | AI_NUMERICSERV;
    error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
    if (error == 0) return AddressList(found, &::freeaddrinfo);
  }
  return base::Fail(
      fmt::format("cannot listen on {}: {}", address.ToText(), ::gai_strerror(error)));
}

bool BindAndListen(int fd, const sockaddr* address, socklen_t length, int backlog) {
  return ::bind(fd, address, length) == 0 && ::listen(fd, backlog) == 0;
}

base::Result<base::Fd> OpenTcp(const BindAddress& address, int backlog, bool& in_use) {
  auto resolved = Resolve(address);
  if (!resolved) return tl::make_unexpected(resolved.error());
  const addrinfo& target = **resolved;
  base::Fd fd(::socket(target.ai_family, kSocketFlags, 0));
  if (!fd) return FailToListen(address, errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (target.ai_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (BindAndListen(fd.get(), target.ai_addr, target.ai_addrlen, backlog)) return fd;
  in_use = errno == EADDRINUSE;
  return FailToListen(address, errno);
}

bool SomebodyListens(const sockaddr_un& name) {
  const base::Fd probe(::socket(AF_UNIX, kSocketFlags, 0));
  const int result = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  return result == 0 || errno == EAGAIN;
}

// Removes what a server that died left behind. The error says why the path cannot be used.
base::Result<bool> RemoveStale(const BindAddress& address, const sockaddr_un& name, bool& in_use) {
  struct stat file;
  if (::lstat(address.path.c_str(), &file) != 0) return true;
  if (!S_ISSOCK(file.st_mode)) {
    return base::Fail(
        fmt::format("cannot listen on {}: the file exists and is not a socket", address.ToText()));
  }
  in_use = SomebodyListens(name);
  if (in_use) return FailToListen(address, EADDRINUSE);
  if (::unlink(address.path.c_str()) != 0) return FailToListen(address, errno);
  return true;
}

base::Result<base::Fd> OpenUnix(const BindAddress& address, int backlog, bool& in_use) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof name.sun_path) {
    return base::Fail(fmt::format("cannot listen on {}: the path is longer than {} bytes",
                                  address.ToText(), sizeof name.sun_path - 1));
  }
  address.path.copy(name.sun_path, sizeof name.sun_path - 1);
  if (auto removed = RemoveStale(address, name, in_use); !removed) {
    return tl::make_unexpected(removed.error());
  }
  base::Fd fd(::socket(AF_UNIX, kSocketFlags, 0));
  if (!fd) return FailToListen(address, errno);
  // Everybody may connect, as with Gunicorn's default umask: the proxy runs as another user.
  const mode_t previous = ::umask(0);
  const bool listens =
      BindAndListen(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name, backlog);
  const int error = errno;
  ::umask(previous);
  if (listens) return fd;
  in_use = error == EADDRINUSE;
  return FailToListen(address, error);
}

base::Result<base::Fd> TakeInherited(const BindAddress& address, int backlog) {
  int listening = 0;
  socklen_t length = sizeof listening;
  if (::getsockopt(address.fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0) {
    return base::Fail(fmt::format("cannot listen on {}: descriptor {} is {}", address.ToText(),
                                  address.fd, errno == EBADF ? "not open" : "no socket"));
  }
  if (listening == 0 && ::listen(address.fd, backlog) != 0) return FailToListen(address, errno);
  ::fcntl(address.fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(address.fd, F_SETFL, ::fcntl(address.fd, F_GETFL) | O_NONBLOCK);
  return base::Fd(address.fd);
}

std::string TcpText(const sockaddr_storage& name, socklen_t length) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&name), length, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "socket";
  }
  return name.ss_family == AF_INET6 ? fmt::format("http://[{}]:{}", host, port)
                                    : fmt::format("http://{}:{}", host, port);
}

}  // namespace

base::Result<Listener> Listener::Open(const BindAddress& address, int backlog, bool& in_use) {
  in_use = false;
  auto fd = address.kind == BindAddress::Kind::kTcp    ? OpenTcp(address, backlog, in_use)
            : address.kind == BindAddress::Kind::kUnix ? OpenUnix(address, backlog, in_use)
                                                       : TakeInherited(address, backlog);
  if (!fd) return tl::make_unexpected(fd.error());
  Listener listener;
  listener.fd_ = std::move(*fd);
  if (address.kind == BindAddress::Kind::kUnix) listener.RememberFile(address.path);
  return listener;
}

void Listener::RememberFile(const std::string& path) {
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) return;
  path_ = path;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

Listener::~Listener() {
  struct stat file;
  if (path_.empty() || ::lstat(path_.c_str(), &file) != 0) return;
  if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path_.c_str());
}

std::string Listener::ToText() const {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &length);
  if (name.ss_family != AF_UNIX) return TcpText(name, length);
  return fmt::format("unix:{}", reinterpret_cast<const sockaddr_un&>(name).sun_path);
}

}  // namespace monoceros::master
