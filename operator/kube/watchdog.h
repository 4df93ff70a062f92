// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "kube/http.h"

namespace monoceros::kube {

// Calls `bite` once when a point in time is reached that was not moved or cleared before; never
// after its own end. What it bites (a socket, by closing it) need not know of time. One thread.
class Watchdog {
 public:
  Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> bite);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void Set(SteadyTime deadline);
  void Clear();
  bool bitten() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace monoceros::kube
