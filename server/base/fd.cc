// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/syscall.h"

namespace monoceros::base {

Fd::~Fd() {
  // EINTR after close is final on Linux: the descriptor is gone, so no retry.
  if (fd_ >= 0) ::close(fd_);
}

Fd Fd::Duplicate() const {
  return Fd(Check(::fcntl(fd_, F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC, {})", fd_));
}

}  // namespace monoceros::base
