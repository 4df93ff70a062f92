// SPDX-License-Identifier: Apache-2.0
#include "channel/descriptors.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/syscall.h"

namespace monoceros::channel {
namespace {

struct Received {
  bool any = false;  // a message came, well-formed or not
  uint64_t tag = 0;
  base::Fd fd;
};

union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// More than one descriptor in a message sets MSG_CTRUNC; the kernel closes those cut off.
Received ReceiveOne(int socket) {
  Received result;
  iovec data{&result.tag, sizeof result.tag};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  const ssize_t bytes = base::RetryOnEintr(
      [&] { return ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
  if (bytes <= 0) return result;
  result.any = true;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int fd;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    result.fd = base::Fd(fd);
  }
  if (bytes != sizeof result.tag) result.fd.Close();
  return result;
}

}  // namespace

Descriptors::SendStatus Descriptors::Send(uint64_t tag, int fd) {
  iovec data{&tag, sizeof tag};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  const ssize_t sent = base::RetryOnEintr(
      [&] { return ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (sent >= 0) return SendStatus::kSent;
  const bool full = errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS;
  return full ? SendStatus::kFull : SendStatus::kGone;
}

void Descriptors::WaitSendable(int milliseconds) {
  pollfd wanted{socket_.get(), POLLOUT, 0};
  ::poll(&wanted, 1, milliseconds);
}

base::Fd Descriptors::TakeKept(uint64_t tag) {
  const auto found = kept_.find(tag);
  if (found == kept_.end()) return {};
  base::Fd fd = std::move(found->second.front());
  found->second.pop_front();
  --kept_count_;
  if (found->second.empty()) kept_.erase(found);
  return fd;
}

void Descriptors::Keep(uint64_t tag, base::Fd fd) {
  if (kept_count_ >= kMaxKept) DropStale();
  if (kept_count_ >= kMaxKept) return;  // and so closes it
  kept_[tag].push_back(std::move(fd));
  ++kept_count_;
}

// An exchange may be revoked after its descriptor was sent: nobody asks for that one.
void Descriptors::DropStale() {
  std::erase_if(kept_, [this](const auto& entry) {
    if (!is_stale_(entry.first)) return false;
    kept_count_ -= entry.second.size();
    return true;
  });
}

base::Fd Descriptors::Receive(uint64_t tag) {
  const std::lock_guard lock(mutex_);
  if (base::Fd fd = TakeKept(tag)) return fd;
  for (size_t received_count = 0; received_count < kMaxKept; ++received_count) {
    Received received = ReceiveOne(socket_.get());
    if (!received.any) return {};
    if (!received.fd) continue;
    if (received.tag == tag) return std::move(received.fd);
    if (!is_stale_(received.tag)) Keep(received.tag, std::move(received.fd));
  }
  return {};
}

void Descriptors::Forget(uint64_t tag) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(tag);
  if (found == kept_.end()) return;
  kept_count_ -= found->second.size();
  kept_.erase(found);
}

}  // namespace monoceros::channel
