// SPDX-License-Identifier: Apache-2.0
#include "router/measure/backlog.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "base/syscall.h"

namespace monoceros::router {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr size_t kMostNetstat = 64 * 1024;

std::optional<AcceptQueue> ReadTcp(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  // Of a listening socket these two say how long its accept queue is and may become.
  return AcceptQueue{info.tcpi_unacked, info.tcpi_sacked};
}

// Asks for one socket by its inode; the kernel has answered when send returns.
bool AskForUnix(int netlink, uint32_t inode) {
  struct {
    nlmsghdr header;
    unix_diag_req request;
  } question{};
  question.header = {.nlmsg_len = sizeof question,
                     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                     .nlmsg_flags = NLM_F_REQUEST};
  question.request.sdiag_family = AF_UNIX;
  question.request.udiag_states = UINT32_MAX;
  question.request.udiag_ino = inode;
  question.request.udiag_show = UDIAG_SHOW_RQLEN;
  question.request.udiag_cookie[0] = question.request.udiag_cookie[1] = UINT32_MAX;  // any
  return ::send(netlink, &question, sizeof question, 0) == sizeof question;
}

std::optional<AcceptQueue> ReadUnixAnswer(const nlmsghdr& header, size_t length) {
  const bool whole = NLMSG_OK(&header, length);
  if (!whole || header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
  size_t rest = NLMSG_PAYLOAD(&header, sizeof(unix_diag_msg));
  const auto* message = static_cast<const unix_diag_msg*>(NLMSG_DATA(&header));
  const auto* attribute = reinterpret_cast<const rtattr*>(message + 1);
  for (; RTA_OK(attribute, rest); attribute = RTA_NEXT(attribute, rest)) {
    if (attribute->rta_type != UNIX_DIAG_RQLEN) continue;
    unix_diag_rqlen queue{};
    std::memcpy(&queue, RTA_DATA(attribute), sizeof queue);
    return AcceptQueue{queue.udiag_rqueue, queue.udiag_wqueue};
  }
  return std::nullopt;
}

std::optional<AcceptQueue> ReadUnix(int socket) {
  struct stat status{};
  if (::fstat(socket, &status) != 0) return std::nullopt;
  base::Fd netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink || !AskForUnix(netlink.get(), static_cast<uint32_t>(status.st_ino))) {
    return std::nullopt;
  }
  alignas(nlmsghdr) std::array<char, 1024> answer;
  const ssize_t count = ::recv(netlink.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (count < static_cast<ssize_t>(sizeof(nlmsghdr))) return std::nullopt;
  return ReadUnixAnswer(*reinterpret_cast<const nlmsghdr*>(answer.data()),
                        static_cast<size_t>(count));
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

uint64_t ReadOverflows(const base::Fd& netstat) {
  if (!netstat) return 0;
  std::string text(kMostNetstat, '\0');
  const ssize_t count =
      base::RetryOnEintr([&] { return ::pread(netstat.get(), text.data(), text.size(), 0); });
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return ParseListenOverflows(text);
}

}  // namespace

std::optional<AcceptQueue> ReadAcceptQueue(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return std::nullopt;
  return address.ss_family == AF_UNIX ? ReadUnix(socket) : ReadTcp(socket);
}

uint64_t ParseListenOverflows(std::string_view netstat) {
  // Pairs of lines: the names of a group, then its numbers.
  while (!netstat.empty()) {
    std::string_view names = TakeLine(netstat);
    std::string_view numbers = TakeLine(netstat);
    if (!names.starts_with("TcpExt:")) continue;
    while (!names.empty()) {
      const std::string_view name = TakeWord(names);
      const std::string_view number = TakeWord(numbers);
      if (name != "ListenOverflows") continue;
      uint64_t value = 0;
      std::from_chars(number.data(), number.data() + number.size(), value);
      return value;
    }
  }
  return 0;
}

BacklogWatch::BacklogWatch()
    : netstat_(::open("/proc/net/netstat", O_RDONLY | O_CLOEXEC)),
      overflows_at_start_(ReadOverflows(netstat_)) {}

void BacklogWatch::Sample(std::span<const int> sockets, scoreboard::RouterRow& row) const {
  AcceptQueue all;
  for (const int socket : sockets) {
    const auto queue = socket >= 0 ? ReadAcceptQueue(socket) : std::nullopt;
    if (!queue) continue;
    all.waiting += queue->waiting;
    all.limit += queue->limit;
  }
  row.backlog.store(all.waiting, kRelaxed);
  row.backlog_limit.store(all.limit, kRelaxed);
  const uint64_t overflows = ReadOverflows(netstat_);
  row.backlog_overflows.store(overflows - std::min(overflows, overflows_at_start_), kRelaxed);
}

}  // namespace monoceros::router
