// SPDX-License-Identifier: Apache-2.0
#include "base/log_sinks.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "base/log_write.h"
#include "base/syscall.h"

namespace monoceros::base {

Result<Fd> OpenLog(const std::string& target, int standard_fd) {
  const auto open = [&] {
    if (target == "-") return ::fcntl(standard_fd, F_DUPFD_CLOEXEC, 0);
    // O_NONBLOCK: a FIFO without a reader is an error, not a hang.
    return ::open(target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  };
  Fd log(RetryOnEintr(open));
  if (!log) return Fail(fmt::format("cannot open the log {}: {}", target, std::strerror(errno)));
  return log;
}

void DirectSink::Write(std::string_view line) {
  std::string_view line_end = "\n";
  if (torn_ && WritePiece(fd_.get(), line_end, 0) == WriteOutcome::kWritten) torn_ = false;
  const size_t whole = line.size();
  WriteOutcome outcome = torn_ ? WriteOutcome::kNoRoom : WriteOutcome::kWritten;
  while (!line.empty() && outcome == WriteOutcome::kWritten)
    outcome = WritePiece(fd_.get(), line, 0);
  if (line.empty()) return;
  ++dropped_;
  torn_ = torn_ || line.size() < whole;
}

}  // namespace monoceros::base
