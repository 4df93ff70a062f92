// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"

namespace monoceros::base {

// Processes that own a sink ignore SIGPIPE: a log whose reader is gone loses lines, nothing else.

// Opens a log: "-" is standard error (`standard_fd`, duplicated), anything else a file to append
// to. The descriptor's flags are left as they are: O_NONBLOCK on an inherited stdout would change
// it for every process that shares it.
Result<Fd> OpenLog(const std::string& target, int standard_fd);

// Writes at once, in the caller's thread, when the descriptor has room; otherwise drops the line
// and counts it. For processes of one thread that must never block (the master).
class DirectSink final : public LogSink {
 public:
  explicit DirectSink(Fd fd) : fd_(std::move(fd)) {}
  void Write(std::string_view line) override;
  uint64_t dropped() const { return dropped_; }

 private:
  Fd fd_;
  uint64_t dropped_ = 0;
  bool torn_ = false;  // the last line stopped in its middle
};

// Hands lines to a thread of its own through a bounded ring of bytes; a line that does not fit is
// dropped and counted. When lines were dropped, a line before the next one says how many (as JSON
// where the lines are JSON). The thread writes whole batches; on destruction it writes what is
// left, for at most one second.
class ThreadSink final : public LogSink {
 public:
  ThreadSink(Fd fd, size_t capacity_bytes);
  ~ThreadSink() override;
  void Write(std::string_view line) override;
  uint64_t dropped() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::base
