// SPDX-License-Identifier: Apache-2.0
#include "agent/pool_watch.h"

#include <utility>

namespace monoceros::agent {
namespace {

constexpr base::Nanoseconds kKept = 10 * base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kLeastDistance = base::kNanosecondsPerSecond / 2;

bool SameMaster(const SnapshotPointer& a, const SnapshotPointer& b) {
  return a->header.master_started_at == b->header.master_started_at;
}

base::Result<SnapshotPointer> Look(PoolView& view) {
  auto snapshot = view.Read();
  if (!snapshot) return tl::make_unexpected(snapshot.error());
  return std::make_shared<const scoreboard::Snapshot>(std::move(*snapshot));
}

}  // namespace

base::Result<SnapshotPointer> PoolWatch::Tick() {
  auto now = Look(view_);
  const std::lock_guard lock(mutex_);
  if (!now || (!past_.empty() && !SameMaster(past_.back(), *now))) past_.clear();
  if (!now) return now;
  past_.push_back(*now);
  while ((*now)->taken_at - past_.front()->taken_at > kKept) past_.pop_front();
  return now;
}

base::Result<PoolSample> PoolWatch::Sample() {
  const auto now = Look(view_);
  if (!now) return tl::make_unexpected(now.error());
  const std::lock_guard lock(mutex_);
  PoolSample sample{*now, *now, *now};
  if (past_.empty() || !SameMaster(past_.back(), *now)) return sample;
  sample.window = past_.front();
  sample.second_ago = past_.front();
  for (const SnapshotPointer& past : past_) {
    if ((*now)->taken_at - past->taken_at >= kLeastDistance) sample.second_ago = past;
  }
  return sample;
}

}  // namespace monoceros::agent
