// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "master/live_state.h"

namespace monoceros::master {

// What a live file says: all live values, and their revision (0: the next).
struct LiveFileContent {
  LiveChange change;
  uint64_t revision = 0;
};

// YAML: `workers`, `threads`, `worker_class`, `settings` (a mapping), `liveRevision`; all may be
// absent. The error names file and line or field.
base::Result<LiveFileContent> ParseLiveFile(const std::string& text, const std::string& name);

// How a live file stands to what holds.
enum class Standing {
  kNewer,
  kHolds,  // the same revision and, in effect, the same values
  kOlder,
  kConflict,  // the same revision, other values
};
Standing Judge(const LiveFileContent& content, const LiveState& live);

// Follows one file, which may be replaced as Kubernetes replaces mounted ConfigMaps (a symbolic
// link on the way changes) and may be missing for a while.
class LiveFile {
 public:
  // An empty path: there is none.
  explicit LiveFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // Looks once a second; the content when it is new, or why it cannot be used, once.
  std::optional<base::Result<LiveFileContent>> Poll(base::Nanoseconds now);
  // It was there once.
  bool seen() const { return size_ >= 0; }

 private:
  bool Changed();
  base::Result<std::string> ReadText() const;

  std::string path_;
  base::Nanoseconds next_look_ = 0;
  std::string last_text_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t size_ = -1;
  timespec modified_{};
};

}  // namespace monoceros::master
