// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/timeout_list.h"

namespace monoceros::asgi {

// A timer that calls a function.
class Alarm final : public base::Timeout {
 public:
  explicit Alarm(std::function<void()> call) : call_(std::move(call)) {}
  void OnTimeout() override { call_(); }

 private:
  std::function<void()> call_;
};

// The time limits of all exchanges of a loop, looked at once a second.
struct Timers {
  base::TimeoutList grace{0};           // until a task without a client is cancelled
  base::TimeoutList ping_interval{0};   // until the next ping
  base::TimeoutList ping_timeout{0};    // until a ping must be answered
  base::TimeoutList closing{kClosing};  // until a client must have taken what was sent

  static constexpr base::Nanoseconds kClosing = 10 * base::kNanosecondsPerSecond;

  void FireExpired(base::Nanoseconds now) {
    grace.FireExpired(now);
    ping_timeout.FireExpired(now);
    ping_interval.FireExpired(now);
    closing.FireExpired(now);
  }
};

}  // namespace monoceros::asgi
