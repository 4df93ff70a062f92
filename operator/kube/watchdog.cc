// SPDX-License-Identifier: Apache-2.0
#include "kube/watchdog.h"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace monoceros::kube {

struct Watchdog::State {
  State(const boost::asio::any_io_executor& executor, std::function<void()> on_deadline)
      : timer(executor), bite(std::move(on_deadline)) {}

  boost::asio::steady_timer timer;
  std::function<void()> bite;
  SteadyTime deadline = SteadyTime::max();
  bool bitten = false;

  // A wait that had ended before the deadline was moved is told apart by the clock.
  void OnTime() {
    if (bite == nullptr || bitten || std::chrono::steady_clock::now() < deadline) return;
    bitten = true;
    bite();
  }
};

Watchdog::Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> bite)
    : state_(std::make_shared<State>(executor, std::move(bite))) {}

Watchdog::~Watchdog() {
  state_->bite = nullptr;
  state_->timer.cancel();
}

void Watchdog::Set(SteadyTime deadline) {
  state_->deadline = deadline;
  state_->timer.expires_at(deadline);
  state_->timer.async_wait([state = state_](const boost::system::error_code& error) {
    if (!error) state->OnTime();
  });
}

void Watchdog::Clear() {
  state_->deadline = SteadyTime::max();
  state_->timer.cancel();
}

bool Watchdog::bitten() const { return state_->bitten; }

}  // namespace monoceros::kube
