// SPDX-License-Identifier: Apache-2.0
#include "agent/pool_view.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace monoceros::agent {

using base::Fail;
using base::Result;

Result<scoreboard::Snapshot> PoolView::Read() {
  const std::lock_guard lock(mutex_);
  if (const Result<void> followed = Follow(); !followed) {
    board_.reset();
    file_.Close();
    return tl::make_unexpected(followed.error());
  }
  return scoreboard::Read(*board_);
}

Result<void> PoolView::Follow() {
  const std::string path = run_directory_ + "/current/scoreboard";
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Fail(fmt::format("no server runs in {}", run_directory_));
    return Fail(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  // One that somebody shortened must not be touched: reading behind its end kills us.
  const bool same =
      board_ && status.st_dev == device_ && status.st_ino == inode_ && status.st_size >= bytes_;
  if (same) return {};
  board_.reset();
  return Open(path);
}

Result<void> PoolView::Open(const std::string& path) {
  file_ = base::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file_ || ::fstat(file_.get(), &status) != 0) {
    return Fail(
        fmt::format("{} cannot be read: {}; run the agent as the server's user or in its "
                    "group",
                    path, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return Fail(fmt::format("{} is not a file", path));
  auto board = scoreboard::Scoreboard::Open(file_, /*writable=*/false);
  if (!board) return Fail(fmt::format("{}: {}", path, board.error().message));
  board_.emplace(std::move(*board));
  device_ = status.st_dev;
  inode_ = status.st_ino;
  bytes_ = status.st_size;
  return {};
}

}  // namespace monoceros::agent
