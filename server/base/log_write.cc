// SPDX-License-Identifier: Apache-2.0
#include "base/log_write.h"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "base/syscall.h"

namespace monoceros::base {
namespace {

bool IsRegularFile(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// A pipe that polls writable has room for PIPE_BUF bytes, and writes no longer than that are not
// mixed with what others write.
std::string_view NextPiece(std::string_view bytes) {
  if (bytes.size() <= PIPE_BUF) return bytes;
  const size_t line_end = bytes.substr(0, PIPE_BUF).rfind('\n');
  return bytes.substr(0, line_end == std::string_view::npos ? PIPE_BUF : line_end + 1);
}

WriteOutcome WaitForRoom(int fd, int milliseconds) {
  pollfd ready{fd, POLLOUT, 0};
  const int count = RetryOnEintr([&] { return ::poll(&ready, 1, milliseconds); });
  if (count == 0) return WriteOutcome::kNoRoom;
  // Without a reader (POLLERR) a write would only raise SIGPIPE.
  const bool writable = count > 0 && (ready.revents & (POLLOUT | POLLERR | POLLNVAL)) == POLLOUT;
  return writable ? WriteOutcome::kWritten : WriteOutcome::kFailed;
}

ssize_t WriteNow(int fd, std::string_view piece) {
  iovec part{const_cast<char*>(piece.data()), piece.size()};
  // Another writer may fill a shared pipe between poll and write, so ask not to wait; kernels and
  // descriptors without RWF_NOWAIT leave that small window open.
  const ssize_t length = RetryOnEintr([&] { return ::pwritev2(fd, &part, 1, -1, RWF_NOWAIT); });
  if (length >= 0 || errno == EAGAIN || errno == EPIPE) return length;
  return RetryOnEintr([&] { return ::write(fd, piece.data(), piece.size()); });
}

WriteOutcome WriteToFile(int fd, std::string_view& bytes) {
  while (!bytes.empty()) {
    const auto write = [&] { return ::write(fd, bytes.data(), bytes.size()); };
    const ssize_t length = RetryOnEintr(write);
    if (length <= 0) return WriteOutcome::kFailed;
    bytes.remove_prefix(static_cast<size_t>(length));
  }
  return WriteOutcome::kWritten;
}

}  // namespace

WriteOutcome WritePiece(int fd, std::string_view& bytes, int milliseconds) {
  if (IsRegularFile(fd)) return WriteToFile(fd, bytes);
  const WriteOutcome room = WaitForRoom(fd, milliseconds);
  if (room != WriteOutcome::kWritten) return room;
  const ssize_t length = WriteNow(fd, NextPiece(bytes));
  if (length < 0) return errno == EAGAIN ? WriteOutcome::kNoRoom : WriteOutcome::kFailed;
  bytes.remove_prefix(static_cast<size_t>(length));
  return WriteOutcome::kWritten;
}

}  // namespace monoceros::base
