// SPDX-License-Identifier: Apache-2.0
#include "master/helper_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/syscall.h"

namespace monoceros::master {

base::Result<std::unique_ptr<HelperProcess>> HelperProcess::Run(
    const MasterContext& context, const std::vector<std::string>& command,
    const std::vector<int>& kept_fds, const Limits& limits) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::Fail("no pipe can be made for " + command[0]);
  base::Fd reading(ends[0]);
  const base::Fd writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  const auto pid = context.spawner.ExecuteInto(writing.get(), command, kept_fds);
  if (!pid) return tl::make_unexpected(pid.error());
  return std::unique_ptr<HelperProcess>(
      new HelperProcess(context, *pid, std::move(reading), limits));
}

HelperProcess::HelperProcess(const MasterContext& context, pid_t pid, base::Fd pipe,
                             const Limits& limits)
    : context_(context), pid_(pid), pipe_(std::move(pipe)), limits_(limits) {
  context_.loop.Add(pipe_.get(), EPOLLIN, this);
  // Whoever stays longer than we wait is killed, and reaped in any case.
  context_.leaving.Add(pid_, limits_.deadline);
}

HelperProcess::~HelperProcess() { Close(); }

void HelperProcess::OnEvents(uint32_t) { readable_ = true; }

void HelperProcess::Keep(base::Nanoseconds now) {
  if (finished()) return;
  if (std::exchange(readable_, false)) Collect();
  if (finished() || now < limits_.deadline) return;
  timed_out_ = true;
  Close();
}

void HelperProcess::Collect() {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = ::read(pipe_.get(), buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count > 0) output_.append(buffer.data(), static_cast<size_t>(count));
    if (count <= 0 || output_.size() > limits_.bytes) return Close();
  }
}

void HelperProcess::Close() {
  if (finished()) return;
  context_.loop.Remove(pipe_.get());
  pipe_.Close();
}

}  // namespace monoceros::master
