// SPDX-License-Identifier: Apache-2.0
#include "runtime/queue_state.h"

#include <algorithm>

#include "runtime/invariant.h"

namespace monoceros::runtime {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{5};
constexpr milliseconds kLongestBackOff{5 * 60 * 1000};
constexpr int kMostDoublings = 16;  // 5 ms << 16 is beyond the longest
constexpr milliseconds kPerToken{100};
constexpr int kBurst = 100;

}  // namespace

bool QueueState::Add(const kube::Key& key, TimePoint now) {
  if (!added_.emplace(key, now).second) return false;
  if (!working_.contains(key)) waiting_.push_back(key);
  return true;
}

void QueueState::AddAt(const kube::Key& key, TimePoint due) {
  const auto [found, is_new] = delayed_.emplace(key, due);
  if (!is_new) {
    if (found->second <= due) return;
    by_due_.erase({found->second, key});
    found->second = due;
  }
  by_due_.emplace(due, key);
}

void QueueState::AddRateLimited(const kube::Key& key, TimePoint now) {
  AddAt(key, now + std::max(BackOff(key), Reserve(now)));
}

QueueState::Duration QueueState::BackOff(const kube::Key& key) {
  int& failures = failures_[key];
  const Duration delay = std::min(kFirstBackOff * (1 << failures), kLongestBackOff);
  failures = std::min(failures + 1, kMostDoublings);
  return delay;
}

// A bucket of kBurst tokens, as the time at which it is full again: it holds a token as long as
// that is less than kBurst tokens away.
QueueState::Duration QueueState::Reserve(TimePoint now) {
  full_at_ = std::max(full_at_, now) + kPerToken;
  return std::max(Duration{}, full_at_ - now - kPerToken * kBurst);
}

size_t QueueState::Advance(TimePoint now) {
  size_t count = 0;
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    const kube::Key key = by_due_.begin()->second;
    by_due_.erase(by_due_.begin());
    delayed_.erase(key);
    if (Add(key, now)) ++count;
  }
  return count;
}

std::optional<QueueState::TimePoint> QueueState::next_due() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

std::optional<QueueState::Taken> QueueState::Take(TimePoint now) {
  if (waiting_.empty()) return std::nullopt;
  Taken taken{std::move(waiting_.front()), {}};
  waiting_.pop_front();
  const auto added = added_.find(taken.key);
  taken.waited = now - added->second;
  added_.erase(added);
  working_.emplace(taken.key, now);
  return taken;
}

QueueState::Duration QueueState::Done(const kube::Key& key, TimePoint now) {
  const auto found = working_.find(key);
  Invariant(found != working_.end(), "Done() of a key that was not taken");
  const Duration worked = now - found->second;
  working_.erase(found);
  if (added_.contains(key)) waiting_.push_back(key);
  return worked;
}

QueueState::Unfinished QueueState::unfinished(TimePoint now) const {
  Unfinished result;
  for (const auto& [key, since] : working_) {
    result.sum += now - since;
    result.longest = std::max<Duration>(result.longest, now - since);
  }
  return result;
}

}  // namespace monoceros::runtime
