// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "kube/object.h"

namespace monoceros::runtime {

// The pure part of WorkQueue: which key is worked on when. Time is told, never asked.
class QueueState {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::nanoseconds;

  struct Taken {
    kube::Key key;
    Duration waited;
  };
  struct Unfinished {
    Duration sum{};
    Duration longest{};
  };

  // Whether it was not waiting already.
  bool Add(const kube::Key& key, TimePoint now);
  // The earlier of this and an earlier call counts.
  void AddAt(const kube::Key& key, TimePoint due);
  // One more failure of the key: AddAt, after its own back-off or the overall rate, whichever is
  // later.
  void AddRateLimited(const kube::Key& key, TimePoint now);
  void Forget(const kube::Key& key) { failures_.erase(key); }

  // Adds the keys whose time has come; gives the number of those that were not waiting already.
  size_t Advance(TimePoint now);
  // When to call Advance again.
  std::optional<TimePoint> next_due() const;

  bool ready() const { return !waiting_.empty(); }
  // To be followed by Done of the same key.
  std::optional<Taken> Take(TimePoint now);
  // Gives how long it was worked on.
  Duration Done(const kube::Key& key, TimePoint now);

  // Keys that want a pass, those among them that are worked on now.
  size_t depth() const { return added_.size(); }
  Unfinished unfinished(TimePoint now) const;
  // Keys that failed and were not forgotten.
  size_t failing() const { return failures_.size(); }

 private:
  Duration BackOff(const kube::Key& key);
  Duration Reserve(TimePoint now);

  std::deque<kube::Key> waiting_;
  std::map<kube::Key, TimePoint> added_;    // waiting, or added while worked on
  std::map<kube::Key, TimePoint> working_;  // since
  std::map<kube::Key, TimePoint> delayed_;
  std::set<std::pair<TimePoint, kube::Key>> by_due_;  // the same, by time
  std::map<kube::Key, int> failures_;
  // When the token bucket of all failures would be full.
  TimePoint full_at_{};
};

}  // namespace monoceros::runtime
