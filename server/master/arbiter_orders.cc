// SPDX-License-Identifier: Apache-2.0
// What signals order.
#include <fmt/format.h>

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

base::Result<void> Arbiter::Fits(const config::Settings& settings) const {
  const auto threads = static_cast<int>(scoreboard_.threads_per_worker());
  if (settings.threads > threads) {
    return base::Fail(fmt::format(
        "threads: {} are more than the {} that this server can hold; restart it with more",
        settings.threads, threads));
  }
  const auto rows = static_cast<int>(pool_.rows());
  if (settings.workers + settings.reload_surge > rows) {
    return base::Fail(fmt::format(
        "workers: {} with {} for reload_surge are more than the {} that this server can "
        "hold; restart it with more",
        settings.workers, settings.reload_surge, rows));
  }
  return {};
}

void Arbiter::AdoptSettings() {
  log_.SetLevel(base::ParseLogLevel(settings().loglevel).value_or(base::LogLevel::kInfo));
  router_.UpdateSettings(settings());
  if (serving_ && !switching()) serving_->Adopt(settings());
}

PoolProgress Arbiter::Progress() const {
  return serving_ ? pool_.Progress(settings(), serving_->generation()) : PoolProgress{};
}

void Arbiter::OnHup() {
  if (shutdown_.running()) return;
  if (auto begun = BeginReload(); !begun) log_.Error("Reload refused: {}", begun.error().message);
}

base::Result<void> Arbiter::BeginReload() {
  auto configured = reload_settings_();
  auto settings = configured ? live_.Reconfigured(*configured) : configured;
  base::Result<void> begun = {};
  if (!settings) begun = base::Fail("the configuration is invalid: " + settings.error().message);
  if (begun) begun = Fits(*settings);
  if (!begun) {
    scoreboard_.header().reloads_failed.fetch_add(1, std::memory_order_relaxed);
    return begun;
  }
  if (configured->bind != this->settings().bind) {
    log_.Warning("The setting 'bind' has changed; it takes effect with a restart");
  }
  const uint64_t revision = live_.values().revision;
  if (revision > 0) log_.Info("Live revision {} stays over the configuration", revision);
  log_.Info("Reloading the application");
  reload_configured_ = std::move(*configured);
  reload_.Begin(std::move(*settings), ++last_generation_, serving_->generation(), now_);
  return {};
}

void Arbiter::OnTtin() { SetWanted(settings().workers + 1); }

void Arbiter::OnTtou() {
  if (settings().workers > 1) SetWanted(settings().workers - 1);
}

void Arbiter::SetWanted(int wanted) {
  if (auto free = operations_.CheckUnmanaged(""); !free) {
    return log_.Error("Refused: {}", free.error().message);
  }
  const int most = static_cast<int>(pool_.rows()) - settings().reload_surge;
  if (wanted > most) {
    log_.Error("This server holds at most {} workers; restart it with more to raise this", most);
    return;
  }
  live_.SetWorkers(wanted);
  AdoptSettings();
  log_.Info("Workers wanted: {}", wanted);
}

void Arbiter::Drain(std::optional<double> graceful) {
  Stop(Shutdown::Speed::kGraceful, 0, graceful);
}

void Arbiter::OnTerm() { Stop(Shutdown::Speed::kGraceful, 0); }

void Arbiter::OnInt() { Stop(Shutdown::Speed::kQuick, 0); }

void Arbiter::Stop(Shutdown::Speed speed, int exit_status, std::optional<double> graceful) {
  if (shutdown_.running() && now_ - last_stop_signal_ < kSameOrder) {
    if (speed <= shutdown_.speed()) return;
  } else if (shutdown_.running()) {
    speed = shutdown_.speed() == Shutdown::Speed::kGraceful ? Shutdown::Speed::kQuick
                                                            : Shutdown::Speed::kAtOnce;
  }
  last_stop_signal_ = now_;
  if (!shutdown_.running()) reload_.Abort(now_);
  const bool delayed = !shutdown_.running() && speed == Shutdown::Speed::kGraceful;
  if (delayed && settings().drain_delay > 0) {
    log_.Info("Draining: not ready any more; nothing new is accepted in {} s",
              settings().drain_delay);
  }
  const double patience = graceful.value_or(settings().graceful_timeout);
  shutdown_.Begin({.speed = speed,
                   .exit_status = exit_status,
                   .delay = base::FromSeconds(settings().drain_delay),
                   .graceful = base::FromSeconds(patience)},
                  now_);
}

void Arbiter::Halt(int exit_status, const std::string& why) {
  if (shutdown_.running()) return;
  log_.Error("The application could not be started:\n{}", why);
  start_failure_ = why;
  Stop(Shutdown::Speed::kQuick, exit_status);
}

}  // namespace monoceros::master
