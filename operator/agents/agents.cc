// SPDX-License-Identifier: Apache-2.0
#include "agents/agents.h"

#include <algorithm>
#include <utility>

#include "agents/agent_calls.h"
#include "agents/channels.h"
#include "agents/held_values.h"
#include "agents/outcomes.h"

namespace monoceros::agents {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

AgentError NoIdentity() {
  return {AgentError::Kind::kUnreachable,
          "the operator has no client certificate yet, which agents demand"};
}

// What is left of a limit for several calls.
class Limit {
 public:
  explicit Limit(milliseconds limit) : until_(steady_clock::now() + limit) {}
  milliseconds left() const {
    return std::max(milliseconds(0),
                    std::chrono::duration_cast<milliseconds>(until_ - steady_clock::now()));
  }

 private:
  steady_clock::time_point until_;
};

}  // namespace

class Agents::Impl {
 public:
  explicit Impl(const std::string& user_agent) : channels(user_agent) {}

  // An Apply was refused or given up: what that means, by what the pod says of itself now.
  asio::awaitable<AgentResult<void>> Look(ChannelPointer channel, CallError error,
                                          std::string address, LiveValues values, uint64_t revision,
                                          Limit limit) {
    const auto state = co_await calls.GetStatus(channel, limit.left());
    if (!state) co_return tl::make_unexpected(ErrorOf(state.error(), address));
    const AgentResult<void> judged = Judge(error, revision, *state, address);
    if (!judged) co_return judged;
    const auto held = co_await calls.GetConfig(channel, limit.left());
    if (!held) co_return tl::make_unexpected(ErrorOf(held.error(), address));
    const std::string difference = Difference(values, *held);
    if (difference.empty()) co_return AgentResult<void>();
    co_return tl::make_unexpected(OtherValues(revision, difference, address));
  }

  Channels channels;
  AgentCalls calls;
};

Agents::Agents(const asio::any_io_executor& /*executor*/, const std::string& user_agent)
    : impl_(std::make_unique<Impl>(user_agent)) {}

Agents::~Agents() = default;

void Agents::SetIdentity(const KeyPair& identity) { impl_->channels.SetIdentity(identity); }

void Agents::KeepOnly(const std::set<std::string>& addresses) {
  impl_->channels.KeepOnly(addresses);
}

asio::awaitable<AgentResult<PodState>> Agents::Status(std::string address, milliseconds deadline) {
  const ChannelPointer channel = impl_->channels.To(address);
  if (!channel) co_return tl::make_unexpected(NoIdentity());
  auto state = co_await impl_->calls.GetStatus(channel, deadline);
  if (!state) co_return tl::make_unexpected(ErrorOf(state.error(), address));
  co_return std::move(*state);
}

asio::awaitable<AgentResult<void>> Agents::Apply(std::string address, LiveValues values,
                                                 uint64_t revision, milliseconds deadline) {
  const Limit limit(deadline);
  const ChannelPointer channel = impl_->channels.To(address);
  if (!channel) co_return tl::make_unexpected(NoIdentity());
  const auto applied = co_await impl_->calls.Apply(channel, values, revision, limit.left());
  if (applied) co_return AgentResult<void>();
  const CallError& error = applied.error();
  if (!NeedsLook(error)) co_return tl::make_unexpected(ErrorOf(error, address));
  co_return co_await impl_->Look(channel, error, address, values, revision, limit);
}

}  // namespace monoceros::agents
