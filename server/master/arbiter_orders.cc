// SPDX-License-Identifier: Apache-2.0
// What signals order.
#include <array>
#include <csignal>

#include "master/arbiter.h"

namespace monoceros::master {
namespace {

// One order to stop may arrive twice (to the group and to us); a person repeats it later than this.
constexpr base::Nanoseconds kSameOrder = base::kNanosecondsPerSecond / 2;

}  // namespace

void Arbiter::DispatchSignals() {
  while (const int signal = signals_.Take()) Dispatch(signal);
}

void Arbiter::Dispatch(int signal) {
  struct Order {
    int signal;
    void (Arbiter::*run)();
  };
  static constexpr std::array<Order, 6> kOrders = {{{SIGHUP, &Arbiter::OnHup},
                                                    {SIGTTIN, &Arbiter::OnTtin},
                                                    {SIGTTOU, &Arbiter::OnTtou},
                                                    {SIGTERM, &Arbiter::OnTerm},
                                                    {SIGINT, &Arbiter::OnInt},
                                                    {SIGQUIT, &Arbiter::OnInt}}};
  if (signal == SIGCHLD) return;  // every turn reaps
  log_.Info("Handling signal: {}", SignalName(signal));
  for (const Order& order : kOrders) {
    if (order.signal == signal) return (this->*order.run)();
  }
  log_.Warning("Signal {} has no meaning for this server; ignored", SignalName(signal));
}

bool Arbiter::Accepts(const config::Settings& settings) const {
  const auto threads = static_cast<int>(scoreboard_.header().threads_per_worker);
  if (settings.threads > threads) {
    log_.Error(
        "Reload refused: {} threads are more than the {} that this server can hold; restart "
        "it",
        settings.threads, threads);
    return false;
  }
  const auto rows = static_cast<int>(pool_.rows());
  if (settings.workers + settings.reload_surge > rows) {
    log_.Error("Reload refused: this server can hold {} workers, reload_surge included; restart it",
               rows);
    return false;
  }
  if (settings.bind != settings_.bind) {
    log_.Warning("The setting 'bind' has changed; it takes effect with a restart");
  }
  return true;
}

void Arbiter::OnHup() {
  if (shutdown_.running()) return;
  auto settings = reload_settings_();
  if (!settings) {
    log_.Error("Reload failed, the configuration is invalid: {}", settings.error().message);
  }
  if (!settings || !Accepts(*settings)) {
    scoreboard_.header().reloads_failed.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  log_.Info("Reloading the application");
  reload_.Begin(std::move(*settings), ++last_generation_, serving_->generation(), now_);
}

void Arbiter::OnTtin() { SetWanted(wanted_ + 1); }

void Arbiter::OnTtou() {
  if (wanted_ > 1) SetWanted(wanted_ - 1);
}

void Arbiter::SetWanted(int wanted) {
  const int most = static_cast<int>(pool_.rows()) - settings_.reload_surge;
  if (wanted > most) {
    log_.Error("This server holds at most {} workers; restart it with more to raise this", most);
    return;
  }
  wanted_ = wanted;
  log_.Info("Workers wanted: {}", wanted_);
}

void Arbiter::OnTerm() { Stop(Shutdown::Speed::kGraceful, 0); }

void Arbiter::OnInt() { Stop(Shutdown::Speed::kQuick, 0); }

void Arbiter::Stop(Shutdown::Speed speed, int exit_status) {
  if (shutdown_.running() && now_ - last_stop_signal_ < kSameOrder) {
    if (speed <= shutdown_.speed()) return;
  } else if (shutdown_.running()) {
    speed = shutdown_.speed() == Shutdown::Speed::kGraceful ? Shutdown::Speed::kQuick
                                                            : Shutdown::Speed::kAtOnce;
  }
  last_stop_signal_ = now_;
  if (!shutdown_.running()) {
    reload_.Abort(now_);
    listeners_.Close();
  }
  shutdown_.Begin(speed, exit_status, base::FromSeconds(settings_.graceful_timeout), now_);
}

void Arbiter::Halt(int exit_status, const std::string& why) {
  if (shutdown_.running()) return;
  log_.Error("The application could not be started:\n{}", why);
  Stop(Shutdown::Speed::kQuick, exit_status);
}

}  // namespace monoceros::master
