// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace monoceros::base {

class TimeoutList;

// A timer inside the object it times; unlinks itself on destruction.
class Timeout {
 public:
  Timeout() = default;
  Timeout(const Timeout&) = delete;
  Timeout& operator=(const Timeout&) = delete;
  virtual ~Timeout() { Disarm(); }

  bool armed() const { return next_ != nullptr; }
  void Disarm() {
    if (!armed()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

  // Called once when the time is up; the timer is disarmed before the call.
  virtual void OnTimeout() {}

 private:
  friend class TimeoutList;
  Timeout* previous_ = nullptr;
  Timeout* next_ = nullptr;
  Nanoseconds deadline_ = 0;
};

// Timers that all have the same duration, so that arming is O(1): the newest deadline is always
// the last. One list for each kind of time limit. One thread.
class TimeoutList {
 public:
  // A duration of zero or less means that timers of this list never fire.
  explicit TimeoutList(Nanoseconds duration) : duration_(duration) {
    head_.previous_ = head_.next_ = &head_;
  }
  ~TimeoutList() {
    while (head_.next_ != &head_) head_.next_->Disarm();
    head_.previous_ = head_.next_ = nullptr;
  }
  TimeoutList(const TimeoutList&) = delete;
  TimeoutList& operator=(const TimeoutList&) = delete;

  // For timers armed from now on. One that is already armed keeps its time, or waits for those
  // before it.
  void SetDuration(Nanoseconds duration) { duration_ = duration; }
  Nanoseconds duration() const { return duration_; }

  // Arms, or arms again from `now`.
  void Arm(Timeout& timeout, Nanoseconds now) {
    timeout.Disarm();
    if (duration_ <= 0) return;
    timeout.deadline_ = now + duration_;
    timeout.previous_ = head_.previous_;
    timeout.next_ = &head_;
    head_.previous_->next_ = &timeout;
    head_.previous_ = &timeout;
  }

  // Arms for `deadline`, wherever that lies among the others: cheap when it is near.
  void ArmAt(Timeout& timeout, Nanoseconds deadline) {
    timeout.Disarm();
    if (duration_ <= 0) return;
    Timeout* after = head_.next_;
    while (after != &head_ && after->deadline_ <= deadline) after = after->next_;
    timeout.deadline_ = deadline;
    timeout.previous_ = after->previous_;
    timeout.next_ = after;
    after->previous_->next_ = &timeout;
    after->previous_ = &timeout;
  }

  // The earliest deadline, or `otherwise` when nothing is armed.
  Nanoseconds NextDeadline(Nanoseconds otherwise) const {
    return head_.next_ == &head_ ? otherwise : head_.next_->deadline_;
  }

  void FireExpired(Nanoseconds now) {
    while (head_.next_ != &head_ && head_.next_->deadline_ <= now) {
      Timeout* expired = head_.next_;
      expired->Disarm();
      expired->OnTimeout();
    }
  }

 private:
  Nanoseconds duration_;
  Timeout head_;
};

}  // namespace monoceros::base
