// SPDX-License-Identifier: Apache-2.0
#include "base/message_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "base/syscall.h"

namespace monoceros::base {
namespace {

constexpr size_t kMaxFds = 16;

union ControlBuffer {
  cmsghdr header;
  std::array<char, CMSG_SPACE(sizeof(int) * kMaxFds)> bytes;
};

std::vector<Fd> TakeFds(msghdr& header) {
  std::vector<Fd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

std::pair<MessageSocket, MessageSocket> MessageSocket::Pair() {
  std::array<int, 2> ends;
  Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()),
        "socketpair(SEQPACKET)");
  return {MessageSocket(Fd(ends[0])), MessageSocket(Fd(ends[1]))};
}

bool MessageSocket::Send(const std::string& json, const std::vector<int>& fds) {
  iovec part{const_cast<char*>(json.data()), json.size()};
  ControlBuffer control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  const auto send = [&] { return ::sendmsg(fd_.get(), &header, MSG_NOSIGNAL); };
  return RetryOnEintr(send) == static_cast<ssize_t>(json.size());
}

ReceiveStatus MessageSocket::Receive(Message& message) {
  message.json.resize(kMaxMessageBytes);
  message.fds.clear();
  iovec part{message.json.data(), message.json.size()};
  ControlBuffer control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = sizeof control.bytes;
  const auto receive = [&] { return ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC); };
  const ssize_t length = RetryOnEintr(receive);
  if (length < 0) {
    return errno == EAGAIN ? ReceiveStatus::kEmpty : ReceiveStatus::kClosed;
  }
  message.fds = TakeFds(header);
  if (length == 0 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return ReceiveStatus::kClosed;
  }
  message.json.resize(static_cast<size_t>(length));
  return ReceiveStatus::kMessage;
}

ReceiveStatus MessageSocket::ReceiveWithin(Message& message, int milliseconds) {
  pollfd ready{fd_.get(), POLLIN, 0};
  const int count = RetryOnEintr([&] { return ::poll(&ready, 1, milliseconds); });
  return count == 0 ? ReceiveStatus::kEmpty : Receive(message);
}

}  // namespace monoceros::base
