// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "agent/pool_view.h"
#include "base/result.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

using SnapshotPointer = std::shared_ptr<const scoreboard::Snapshot>;

// The pool now, and what it is compared with. All of one master; never null.
struct PoolSample {
  SnapshotPointer now;
  SnapshotPointer second_ago;  // half a second to some two seconds before, for rates
  SnapshotPointer window;      // 5 to 10 s before, as soon as there is such a one: for CPU times,
                               // which are written once a second
};

// Looks at the pool once a second and remembers the last ten. Thread-safe.
class PoolWatch {
 public:
  explicit PoolWatch(std::string run_directory) : view_(std::move(run_directory)) {}

  // Looks and remembers; call it once a second.
  base::Result<SnapshotPointer> Tick();
  // Looks, without remembering.
  base::Result<PoolSample> Sample();
  const std::string& run_directory() const { return view_.run_directory(); }

 private:
  PoolView view_;
  std::mutex mutex_;
  std::deque<SnapshotPointer> past_;  // oldest first
};

}  // namespace monoceros::agent
