// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <mutex>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// The scoreboard of whatever server lives in a run directory now: found by the link `current`, and
// opened anew when that leads elsewhere. Maps read-only. Thread-safe.
class PoolView {
 public:
  explicit PoolView(std::string run_directory) : run_directory_(std::move(run_directory)) {}

  // The pool as it is now. The error says why it cannot be seen; a later call may succeed.
  base::Result<scoreboard::Snapshot> Read();
  const std::string& run_directory() const { return run_directory_; }

 private:
  base::Result<void> Follow();
  base::Result<void> Open(const std::string& path);

  const std::string run_directory_;
  std::mutex mutex_;
  base::Fd file_;  // of the board; kept, so that its inode names no other file
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t bytes_ = 0;
  std::optional<scoreboard::Scoreboard> board_;
};

}  // namespace monoceros::agent
