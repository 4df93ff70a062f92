// SPDX-License-Identifier: Apache-2.0
#include "master/change.h"

#include <fmt/format.h>

#include <utility>

namespace monoceros::master {
namespace {

// Where boot_timeout sets no limit.
constexpr double kLongBoot = 600;

std::string Workers(int count) { return fmt::format("{} worker{}", count, count == 1 ? "" : "s"); }

std::string Describe(const PoolProgress& progress, int wanted) {
  std::string text = fmt::format("{} of {} ready", progress.ready, Workers(wanted));
  if (progress.pending > 0) text += fmt::format(", {} on the way", progress.pending);
  if (progress.leaving > 0) text += fmt::format(", {} leaving", progress.leaving);
  return text;
}

}  // namespace

std::optional<OrderOutcome> Change::Begin(base::Nanoseconds now) {
  switch (order_.kind) {
    case ChangeOrder::Kind::kApply:
      return BeginApply(now);
    case ChangeOrder::Kind::kReload:
      return BeginReload();
    case ChangeOrder::Kind::kRestartWorker:
      return BeginRestart(now);
  }
  return {};
}

std::optional<OrderOutcome> Change::BeginApply(base::Nanoseconds now) {
  const uint64_t last = live_.values().revision;
  const uint64_t revision = order_.live_revision == 0 ? last + 1 : order_.live_revision;
  if (revision <= last) {
    return Refuse(
        "failed_precondition",
        fmt::format("live_revision: {} is not higher than {}, the last one", revision, last));
  }
  auto outcome = order_.replaces_all
                     ? live_.TryInstead(order_.change, revision, order_.from_operator)
                     : live_.Try(order_.change, revision, order_.from_operator);
  if (!outcome) return Refuse("invalid_argument", outcome.error().message);
  if (auto fits = server_.Fits(outcome->settings); !fits) {
    return Refuse("invalid_argument", fits.error().message);
  }
  live_.Adopt(std::move(*outcome));
  server_.AdoptSettings();
  const double within = order_.converge_within;
  deadline_ = now + (within > 0 ? base::FromSeconds(within) : DefaultTime());
  loading_ = server_.switching();
  if (loading_)
    Say({"loading the application for " + live_.settings().worker_class, 0,
         live_.settings().workers});
  return {};
}

std::optional<OrderOutcome> Change::BeginReload() {
  if (auto begun = server_.BeginReload(); !begun) {
    return Refuse("failed_precondition", begun.error().message);
  }
  loading_ = true;
  Say({"importing the application", 0, live_.settings().workers});
  return {};
}

std::optional<OrderOutcome> Change::BeginRestart(base::Nanoseconds now) {
  restarted_ = server_.pool().Replace(order_.slot);
  if (!restarted_) {
    return Refuse("not_found", fmt::format("slot {}: no worker serves there", order_.slot));
  }
  deadline_ = now + DefaultTime();
  return {};
}

base::Nanoseconds Change::DefaultTime() const {
  const config::Settings& settings = live_.settings();
  const double boot = settings.boot_timeout > 0 ? settings.boot_timeout : kLongBoot;
  return base::FromSeconds(boot + settings.graceful_timeout);
}

void Change::OnReload(std::optional<std::string> error) {
  if (!std::exchange(loading_, false)) return;
  if (error) {
    failure_ = std::move(error);
  } else if (order_.converge_within <= 0) {
    deadline_ = base::MonotonicNow() + DefaultTime();
  }
}

void Change::OnBootFailure(const std::string& error) {
  if (!loading_) failure_ = error;
}

bool Change::Converged(const PoolProgress& progress) const {
  const bool there = progress.ready == live_.settings().workers && progress.pending == 0;
  return there && progress.leaving == 0 && !(restarted_ && server_.pool().Has(*restarted_));
}

std::optional<OrderOutcome> Change::Follow(base::Nanoseconds now) {
  if (server_.ending()) return OrderOutcome{"aborted", "the server ends", before_.revision};
  if (failure_) return GiveUp(*failure_);
  if (loading_) return FollowLoading(now);
  const int wanted = live_.settings().workers;
  const PoolProgress progress = server_.Progress();
  if (Converged(progress)) return Done();
  // Those that leave are killed by graceful_timeout; nobody has to wait for that to be served.
  const bool serves = progress.ready == wanted && progress.pending == 0;
  if (now >= deadline_)
    return serves ? Done() : GiveUp("it took too long: " + Describe(progress, wanted));
  Say({Describe(progress, wanted), progress.ready, wanted});
  return {};
}

// boot_timeout limits it; who wants to know earlier has said so.
std::optional<OrderOutcome> Change::FollowLoading(base::Nanoseconds now) {
  if (now < deadline_) return {};
  return GiveUp("it took too long: the new application is not loaded yet");
}

void Change::Say(Report report) {
  if (!(report == report_)) reported_ = false;
  report_ = std::move(report);
}

std::optional<Change::Report> Change::TakeReport() {
  if (std::exchange(reported_, true)) return {};
  return report_;
}

OrderOutcome Change::Done() const {
  const config::Settings& settings = live_.settings();
  const std::string threads =
      settings.worker_class != "gthread"
          ? ""
          : fmt::format(" of {} thread{}", settings.threads, settings.threads == 1 ? "" : "s");
  const char* are = settings.workers == 1 ? "is" : "are";
  return {"",
          fmt::format("{} ({}){} {} ready", Workers(settings.workers), settings.worker_class,
                      threads, are),
          live_.values().revision};
}

OrderOutcome Change::GiveUp(const std::string& why) {
  const uint64_t revision = before_.revision;
  switch (order_.kind) {
    case ChangeOrder::Kind::kApply:
      live_.Restore(before_);
      server_.AdoptSettings();
      return {"aborted", "rolled back: " + why, revision};
    case ChangeOrder::Kind::kRestartWorker:
      server_.pool().KeepAfterAll(*restarted_);
      return {"aborted", "the worker stays: " + why, revision};
    case ChangeOrder::Kind::kReload:
      break;
  }
  return {"aborted", why, revision};
}

OrderOutcome Change::Refuse(const char* code, const std::string& why) const {
  return {code, why, live_.values().revision};
}

}  // namespace monoceros::master
