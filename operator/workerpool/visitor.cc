// SPDX-License-Identifier: Apache-2.0
#include "workerpool/visitor.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace monoceros::workerpool {

namespace asio = boost::asio;
using agents::AgentError;
using agents::PodState;
using std::chrono::seconds;

namespace {

constexpr seconds kAnswerWithin{5};
constexpr seconds kConvergeWithin{60};
constexpr seconds kInterval{15};

// Beside the load, which is looked at every 15 s anyway.
bool SaysTheSame(const std::optional<PodState>& before, const std::optional<PodState>& after) {
  if (!before || !after) return before.has_value() == after.has_value();
  const auto told = [](const PodState& state) {
    return std::tie(state.state, state.live_revision, state.live_state, state.worker_class,
                    state.workers_wanted, state.threads_wanted);
  };
  return told(*before) == told(*after);
}

bool IsNews(const Look& before, const Look& after) {
  return !SaysTheSame(before.state, after.state) || before.refusal != after.refusal ||
         before.unreachable != after.unreachable;
}

const char* ResultName(const std::optional<AgentError>& error) {
  if (!error) return "converged";
  return error->kind == AgentError::Kind::kUnreachable ? "unreachable" : "failed";
}

}  // namespace

Visitor::Visitor(agents::Agents& agents, runtime::OperatorMetrics& metrics, Spawn spawn, Wake wake)
    : agents_(agents), metrics_(metrics), spawn_(std::move(spawn)), wake_(std::move(wake)) {}

void Visitor::Visit(const kube::Key& pool, const std::vector<LookTarget>& targets, SteadyTime now) {
  Looks& looks = looks_[pool];
  std::set<std::string> uids;
  for (const LookTarget& target : targets) uids.insert(target.uid);
  const size_t gone = std::erase_if(looks, [&](const auto& look) {
    if (uids.contains(look.first)) return false;
    addresses_.erase(look.first);
    return true;
  });
  if (gone > 0) CloseOthers();
  for (const LookTarget& target : targets) {
    Look& look = looks[target.uid];
    addresses_[target.uid] = target.address;
    if (!IsDue(look, target, now)) continue;
    look.visiting = true;
    spawn_(Call(pool, target));
  }
}

const Looks& Visitor::Of(const kube::Key& pool) const {
  static const Looks kNone;
  const auto found = looks_.find(pool);
  return found == looks_.end() ? kNone : found->second;
}

std::chrono::nanoseconds Visitor::UntilNext(const kube::Key& pool, SteadyTime now) const {
  std::chrono::nanoseconds next = kInterval;
  for (const auto& [uid, look] : Of(pool)) {
    if (!look.visiting) next = std::min(next, std::chrono::nanoseconds(look.due - now));
  }
  return std::max(next, std::chrono::nanoseconds(0));
}

void Visitor::Forget(const kube::Key& pool) {
  const auto found = looks_.find(pool);
  if (found == looks_.end()) return;
  for (const auto& [uid, look] : found->second) addresses_.erase(uid);
  looks_.erase(found);
  CloseOthers();
}

asio::awaitable<void> Visitor::Call(kube::Key pool, LookTarget target) {
  const workerpool::Visit visit = co_await Ask(target);
  Note(pool, target, visit);
}

asio::awaitable<Visit> Visitor::Ask(LookTarget target) {
  auto state = co_await agents_.Status(target.address, kAnswerWithin);
  if (!state) {
    // Whatever the agent's reason: without a status nothing is known of the pod.
    co_return workerpool::Visit{
        .error = AgentError{AgentError::Kind::kUnreachable, std::move(state.error().message)}};
  }
  if (!NeedsPush(target, *state)) co_return workerpool::Visit{.state = *std::move(state)};
  co_return co_await Push(std::move(target), *std::move(state));
}

asio::awaitable<Visit> Visitor::Push(LookTarget target, PodState before) {
  auto done =
      co_await agents_.Apply(target.address, *target.values, target.revision, kConvergeWithin);
  workerpool::Visit visit{.state = std::move(before)};
  if (!done) visit.error = std::move(done.error());
  metrics_.LiveChange(ResultName(visit.error));
  auto after = co_await agents_.Status(target.address, kAnswerWithin);
  // A server that is ending takes no change: that says nothing about the values.
  const bool ending = !after || after->state == "draining";
  if (after) visit.state = *std::move(after);
  if (visit.error && ending) visit.error->kind = AgentError::Kind::kUnreachable;
  co_return visit;
}

void Visitor::Note(const kube::Key& pool, const LookTarget& target,
                   const workerpool::Visit& visit) {
  Look* const look = Find(pool, target.uid);
  if (look == nullptr) return;  // gone meanwhile: what it said does not matter
  const Look before = *look;
  const SteadyTime now = std::chrono::steady_clock::now();
  Settle(*look, target, visit, now);
  wake_(pool, IsNews(before, *look) ? std::chrono::nanoseconds(0) : look->due - now);
}

Look* Visitor::Find(const kube::Key& pool, const std::string& uid) {
  const auto looks = looks_.find(pool);
  if (looks == looks_.end()) return nullptr;
  const auto found = looks->second.find(uid);
  return found == looks->second.end() ? nullptr : &found->second;
}

void Visitor::CloseOthers() {
  std::set<std::string> addresses;
  for (const auto& [uid, address] : addresses_) addresses.insert(address);
  agents_.KeepOnly(addresses);
}

}  // namespace monoceros::workerpool
