// SPDX-License-Identifier: Apache-2.0
#include "master/operations.h"

#include <fmt/format.h>

#include <utility>

namespace monoceros::master {
namespace {

const char* NameOf(ChangeOrder::Kind kind) {
  switch (kind) {
    case ChangeOrder::Kind::kApply:
      return "Live change";
    case ChangeOrder::Kind::kReload:
      return "Ordered reload";
    case ChangeOrder::Kind::kRestartWorker:
      return "Ordered restart of a worker";
  }
  return "";
}

}  // namespace

Operations::Operations(Start start)
    : log_(start.log),
      server_(start.server),
      live_(start.live),
      stacks_(start.stacks),
      control_(start.loop, start.log, std::move(start.listening)),
      live_state_path_(std::move(start.live_state_path)),
      live_file_(std::move(start.live_file)) {}

void Operations::Keep(base::Nanoseconds now) {
  acted_ = false;
  ReadOrders(now);
  AnswerStacks();
  ReadLiveFile(now);
  FollowChange(now);
  BeginNext(now);
}

std::string Operations::Manager() const {
  if (!live_file_.path().empty()) return "the live file " + live_file_.path();
  const LiveValues& values = live_.values();
  return values.from_operator ? fmt::format("an operator (live revision {})", values.revision) : "";
}

base::Result<void> Operations::CheckUnmanaged(const std::string& override_for) const {
  const std::string manager = Manager();
  if (manager.empty() || !override_for.empty()) return {};
  return base::Fail(
      fmt::format("this server is managed by {}: change it there, or give a reason "
                  "with override_for",
                  manager));
}

void Operations::TakeUpLiveFile(base::Nanoseconds now) {
  ReadLiveFile(now);
  if (!live_file_.path().empty() && !live_file_.seen()) {
    log_.Warning(
        "The live file {} is not there: the server starts without it, and takes it up "
        "when it comes",
        live_file_.path());
  }
  if (waiting_.empty()) return;
  const ChangeOrder order = std::move(waiting_.front());
  waiting_.pop_front();
  const uint64_t next = live_.values().revision + 1;
  const uint64_t revision = order.live_revision == 0 ? next : order.live_revision;
  auto outcome = live_.TryInstead(order.change, revision, order.from_operator);
  auto fits = outcome ? server_.Fits(outcome->settings) : tl::make_unexpected(outcome.error());
  if (!fits) return RefuseLiveFile(fits.error().message);
  live_.Adopt(std::move(*outcome));
  log_.Info("The live file holds: live revision {}", live_.values().revision);
  if (auto saved = live_.Save(live_state_path_); !saved) log_.Error("{}", saved.error().message);
}

// Whoever wrote it does not wait for an answer: the state says that it failed.
void Operations::RefuseLiveFile(const std::string& why) {
  file_failed_ = true;
  const uint64_t revision = live_.values().revision;
  const std::string holds =
      revision == 0 ? "the configuration" : fmt::format("live revision {}", revision);
  log_.Error("The live file cannot be used, {} holds: {}", holds, why);
}

void Operations::ReadLiveFile(base::Nanoseconds now) {
  auto content = live_file_.Poll(now);
  if (!content) return;
  if (!*content) return RefuseLiveFile(content->error().message);
  file_failed_ = false;
  if (!TakesLiveFile(**content)) return;
  ChangeOrder order;
  order.change = std::move((*content)->change);
  order.live_revision = (*content)->revision;
  order.replaces_all = order.of_live_file = true;
  order.from_operator = live_.values().from_operator;
  waiting_.push_back(std::move(order));
}

bool Operations::TakesLiveFile(const LiveFileContent& content) const {
  const uint64_t held = live_.values().revision;
  switch (Judge(content, live_)) {
    case Standing::kNewer:
      return true;
    case Standing::kHolds:
      log_.Info("The live file says revision {}, which holds already", held);
      return false;
    case Standing::kOlder:
      log_.Info("The live file says revision {}, which is not higher than {}: nothing changes",
                content.revision, held);
      return false;
    case Standing::kConflict:
      break;
  }
  log_.Warning(
      "The live file is ignored: it has other values than those that hold as revision {}; "
      "give it a higher liveRevision",
      held);
  return false;
}

void Operations::BeginNext(base::Nanoseconds now) {
  if (active_ || waiting_.empty() || server_.reloading() || server_.ending()) return;
  active_ = std::make_unique<Change>(server_, live_, std::move(waiting_.front()));
  waiting_.pop_front();
  acted_ = true;
  log_.Info("{} begins", NameOf(active_->order().kind));
  if (const auto outcome = active_->Begin(now)) End(*outcome);
}

void Operations::FollowChange(base::Nanoseconds now) {
  if (!active_) return;
  if (const auto outcome = active_->Follow(now)) return End(*outcome);
  Report();
}

void Operations::Report() {
  const auto report = active_->TakeReport();
  if (!report) return;
  control_.SendEvent(active_->order().id, report->message, report->done, report->total);
  log_.Debug("{}: {}", NameOf(active_->order().kind), report->message);
}

void Operations::End(const OrderOutcome& outcome) {
  acted_ = true;
  const std::unique_ptr<Change> change = std::exchange(active_, nullptr);
  const ChangeOrder::Kind kind = change->order().kind;
  if (kind == ChangeOrder::Kind::kApply) Remember(change->order(), outcome);
  if (outcome.code.empty()) {
    log_.Info("{} ends: {}", NameOf(kind), outcome.message);
  } else {
    log_.Error("{} failed ({}): {}", NameOf(kind), outcome.code, outcome.message);
  }
  server_.Publish();
  control_.SendDone(change->order().id, outcome);
}

void Operations::Remember(const ChangeOrder& order, const OrderOutcome& outcome) {
  if (outcome.code.empty()) {
    last_failed_ = file_failed_ = false;
    if (auto saved = live_.Save(live_state_path_); !saved) {
      log_.Error("{}; the change is lost with the next start", saved.error().message);
    }
    return;
  }
  // A refusal is between us and who asked; a live file's writer only sees the state.
  if (outcome.code == "aborted") last_failed_ = true;
  if (order.of_live_file && outcome.code == "invalid_argument") file_failed_ = true;
}

void Operations::OnReload(std::optional<std::string> error) {
  if (active_) active_->OnReload(std::move(error));
}

void Operations::OnBootFailure(const std::string& error) {
  if (active_) active_->OnBootFailure(error);
}

void Operations::Finish() {
  const uint64_t revision = live_.values().revision;
  for (const OrderId& id : draining_) control_.SendDone(id, {"", "the server has ended", revision});
  draining_.clear();
  for (const ChangeOrder& order : std::exchange(waiting_, {})) {
    control_.SendDone(order.id, {"aborted", "the server ends", revision});
  }
}

void Operations::Publish(scoreboard::Header& header) const {
  using scoreboard::LiveState;
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const bool applies = active_ && active_->order().kind == ChangeOrder::Kind::kApply;
  const LiveState state = applies                        ? LiveState::kProgressing
                          : last_failed_ || file_failed_ ? LiveState::kFailed
                                                         : LiveState::kConverged;
  header.live_state.store(static_cast<uint32_t>(state), kRelaxed);
  header.live_revision.store(live_.values().revision, kRelaxed);
}

base::Nanoseconds Operations::NextDeadline(base::Nanoseconds otherwise) const {
  if (acted_) return 0;
  return active_ ? std::min(otherwise, active_->deadline()) : otherwise;
}

}  // namespace monoceros::master
