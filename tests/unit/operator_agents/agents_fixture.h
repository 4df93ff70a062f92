// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "agents/agents.h"
#include "fake_agent.h"
#include "run.h"

namespace monoceros::agents {

inline constexpr std::chrono::milliseconds kLong{15'000};
inline constexpr std::chrono::milliseconds kShort{200};

inline KeyPair AnyAuthority() {
  auto authority = MakeAuthority(std::chrono::system_clock::now());
  EXPECT_TRUE(authority);
  return authority.value_or(KeyPair());
}

inline KeyPair LeafOf(const KeyPair& authority) {
  auto leaf =
      IssueLeaf(authority, kOperatorName, std::chrono::system_clock::now(), std::chrono::hours(1));
  EXPECT_TRUE(leaf);
  return leaf.value_or(KeyPair());
}

// An operator and one pod's agent that trusts it.
class AgentsTest : public testing::Test {
 protected:
  AgentsTest() { agents->SetIdentity(LeafOf(authority)); }

  AgentResult<PodState> Status() { return Get(agents->Status(agent.address(), kLong)); }
  AgentResult<void> Apply(LiveValues values, uint64_t revision) {
    return Get(agents->Apply(agent.address(), std::move(values), revision, kLong));
  }

  template <typename T>
  T Get(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    runtime::RunOn(io, Store(std::move(work), result));
    return std::move(*result);
  }
  template <typename T>
  static boost::asio::awaitable<void> Store(boost::asio::awaitable<T> work,
                                            std::optional<T>& result) {
    result = co_await std::move(work);
  }

  KeyPair authority = AnyAuthority();
  FakeAgent agent{authority.certificate};
  boost::asio::io_context io;
  std::unique_ptr<Agents> agents =
      std::make_unique<Agents>(io.get_executor(), "monoceros-operator/1.2.3");
};

}  // namespace monoceros::agents
