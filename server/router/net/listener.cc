// SPDX-License-Identifier: Apache-2.0
#include "router/net/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/syscall.h"

namespace monoceros::router {
namespace {

// One turn accepts at most so many, so that a flood of connections does not stop the requests.
constexpr int kAcceptsPerTurn = 64;

union Address {
  sockaddr_storage storage;
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un unix_socket;
};

void Describe(const Address& address, std::string& text, uint16_t& port) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (address.any.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &address.v4.sin_addr, buffer.data(), buffer.size());
    port = ntohs(address.v4.sin_port);
  } else if (address.any.sa_family == AF_INET6) {
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr);
    const void* bytes = mapped ? &address.v6.sin6_addr.s6_addr[12]
                               : static_cast<const void*>(&address.v6.sin6_addr);
    ::inet_ntop(mapped ? AF_INET : AF_INET6, bytes, buffer.data(), buffer.size());
    port = ntohs(address.v6.sin6_port);
  }
  text = buffer.data();
}

}  // namespace

Listener::Listener(Context& context, ConnectionTable& connections, base::Fd socket)
    : context_(context), connections_(connections), socket_(std::move(socket)) {
  Address address{};
  socklen_t length = sizeof address;
  base::Check(::getsockname(socket_.get(), &address.any, &length), "getsockname({})",
              socket_.get());
  family_ = address.any.sa_family;
  if (family_ == AF_UNIX) path_ = address.unix_socket.sun_path;
  context_.loop.Add(socket_.get(), EPOLLIN, this);
}

Listener::~Listener() {
  if (socket_ && !paused_) context_.loop.Remove(socket_.get());
}

void Listener::OnEvents(uint32_t) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const Accepted accepted = AcceptOne();
    if (accepted == Accepted::kExhausted) return Pause();
    if (accepted == Accepted::kNone) return;
  }
}

Listener::Accepted Listener::AcceptOne() {
  Address peer{};
  socklen_t length = sizeof peer;
  const auto accept = [&] {
    return ::accept4(socket_.get(), &peer.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  };
  base::Fd socket(base::RetryOnEintr(accept));
  if (!socket) {
    const bool exhausted =
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    // A connection that was reset in the backlog is not the end of it.
    if (errno == ECONNABORTED) return Accepted::kOne;
    return exhausted ? Accepted::kExhausted : Accepted::kNone;
  }
  Endpoints ends;
  if (family_ == AF_UNIX) {
    ends.server_address = path_;
  } else {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Describe(peer, ends.remote_address, ends.remote_port);
    Address local{};
    length = sizeof local;
    ::getsockname(socket.get(), &local.any, &length);
    Describe(local, ends.server_address, ends.server_port);
  }
  connections_.Add(std::move(socket), std::move(ends));
  return Accepted::kOne;
}

void Listener::Pause() {
  context_.log.Warning("Accepting pauses: {} (raise the limit of open files?)",
                       std::strerror(errno));
  context_.loop.Remove(socket_.get());
  paused_ = true;
}

void Listener::Resume() {
  if (!paused_ || !socket_) return;
  paused_ = false;
  context_.loop.Add(socket_.get(), EPOLLIN, this);
}

void Listener::AcceptRest() {
  if (!socket_) return;
  while (AcceptOne() == Accepted::kOne) {
  }
  if (!paused_) context_.loop.Remove(socket_.get());
  socket_.Close();
}

}  // namespace monoceros::router
