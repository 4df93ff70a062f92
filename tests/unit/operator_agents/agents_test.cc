// SPDX-License-Identifier: Apache-2.0
#include "agents/agents.h"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "agents_fixture.h"

namespace monoceros::agents {
namespace {

namespace asio = boost::asio;
using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = AgentError::Kind;

const LiveValues kValues{.workers = 2, .threads = 8, .settings = {{"timeout", "40s"}}};

TEST_F(AgentsTest, status_is_what_the_agent_says_of_its_server) {
  agent.status.set_state("ready");
  agent.status.mutable_live()->set_revision(7);
  agent.status.mutable_live()->set_state("converged");
  agent.status.mutable_live()->set_message("all well");
  agent.status.set_worker_class("gthread");
  agent.status.set_workers_wanted(3);
  agent.status.set_workers_ready(2);
  agent.status.set_threads_wanted(16);
  agent.status.set_saturation(0.75);
  const auto state = Status();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->state, "ready");
  EXPECT_EQ(state->live_revision, 7);
  EXPECT_EQ(state->live_state, "converged");
  EXPECT_EQ(state->live_message, "all well");
  EXPECT_EQ(state->worker_class, "gthread");
  EXPECT_EQ(state->workers_wanted, 3);
  EXPECT_EQ(state->workers_ready, 2);
  EXPECT_EQ(state->threads_wanted, 16);
  EXPECT_EQ(state->saturation, 0.75);
}

TEST_F(AgentsTest, an_apply_sends_what_is_wanted_and_leaves_out_what_is_not) {
  ASSERT_TRUE(Apply(kValues, 5));
  const FakeAgent::Call call = agent.calls().at(0);
  EXPECT_EQ(call.apply.workers(), 2);
  EXPECT_EQ(call.apply.threads(), 8);
  EXPECT_FALSE(call.apply.has_worker_class());
  EXPECT_EQ(call.apply.settings().at("timeout"), "40s");
  EXPECT_EQ(call.apply.live_revision(), 5);
  EXPECT_EQ(call.apply.override_for(), "") << "an operator needs no excuse";
}

TEST_F(AgentsTest, the_agent_sees_the_operators_name_and_version) {
  ASSERT_TRUE(Status());
  const FakeAgent::Call call = agent.calls().at(0);
  EXPECT_THAT(call.names, ElementsAre("operator.monoceros.dev"));
  EXPECT_THAT(call.metadata.at("user-agent"), HasSubstr("monoceros-operator/1.2.3"));
}

TEST_F(AgentsTest, without_an_identity_nobody_is_asked) {
  Agents nobody(io.get_executor(), "test");
  const auto state = Get(nobody.Status(agent.address(), kLong));
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind, Kind::kUnreachable);
  EXPECT_THAT(state.error().message, HasSubstr("no client certificate"));
}

TEST_F(AgentsTest, an_agent_that_does_not_trust_the_operator_is_unreachable) {
  agents->SetIdentity(LeafOf(AnyAuthority()));
  const auto state = Status();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind, Kind::kUnreachable);
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(AgentsTest, an_address_where_nobody_listens_is_unreachable) {
  const auto state = Get(agents->Status("127.0.0.1:1", kLong));
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind, Kind::kUnreachable);
  EXPECT_THAT(state.error().message, HasSubstr("the agent at 127.0.0.1:1 cannot be reached"));
}

TEST_F(AgentsTest, an_agent_that_does_not_answer_in_time_is_unreachable) {
  ASSERT_TRUE(Status());
  agent.apply.reset();
  const auto applied = Get(agents->Apply(agent.address(), kValues, 5, kShort));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, Kind::kUnreachable);
  EXPECT_THAT(applied.error().message, HasSubstr("did not answer in time"));
}

TEST_F(AgentsTest, wrong_values_are_refused_in_the_servers_words) {
  agent.apply = grpc::Status(StatusCode::INVALID_ARGUMENT, "workers: 9999 is too many");
  const auto applied = Apply(kValues, 5);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, Kind::kRefused);
  EXPECT_THAT(applied.error().message, HasSubstr("workers: 9999 is too many"));
}

TEST_F(AgentsTest, a_change_that_was_rolled_back_has_failed) {
  agent.status.set_state("ready");
  agent.apply = grpc::Status(StatusCode::ABORTED, "rolled back: it took too long");
  const auto applied = Apply(kValues, 5);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, Kind::kFailed);
  EXPECT_THAT(applied.error().message, HasSubstr("it took too long"));
}

TEST_F(AgentsTest, a_revision_that_the_server_has_with_the_same_values_is_reached) {
  agent.apply = grpc::Status(StatusCode::FAILED_PRECONDITION, "live_revision: 5 is not higher");
  agent.status.mutable_live()->set_revision(5);
  agent.status.mutable_live()->set_state("converged");
  agent.settings = {{"workers", "2"}, {"threads", "8"}, {"timeout", "40"}, {"port", "1"}};
  const auto applied = Apply(kValues, 5);
  EXPECT_TRUE(applied) << applied.error().message;
}

TEST_F(AgentsTest, a_revision_that_the_server_has_with_other_values_is_refused) {
  agent.apply = grpc::Status(StatusCode::FAILED_PRECONDITION, "live_revision: 5 is not higher");
  agent.status.mutable_live()->set_revision(5);
  agent.settings = {{"workers", "2"}, {"threads", "4"}, {"timeout", "40"}};
  const auto applied = Apply(kValues, 5);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, Kind::kRefused);
  EXPECT_THAT(applied.error().message, HasSubstr("threads is 4, not 8"));
}

TEST_F(AgentsTest, cancelling_the_coroutine_cancels_the_call) {
  agent.apply.reset();
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(io, agents->Apply(agent.address(), kValues, 5, kLong),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](const std::exception_ptr&, auto&&) { ended = true; }));
  io.poll();
  ASSERT_EQ(agent.arrived.get_future().wait_for(runtime::kTestLimit), std::future_status::ready);
  signal.emit(asio::cancellation_type::terminal);
  io.restart();
  io.run_for(runtime::kTestLimit);
  EXPECT_TRUE(ended);
  EXPECT_EQ(agent.cancelled.get_future().wait_for(runtime::kTestLimit), std::future_status::ready);
}

TEST_F(AgentsTest, it_can_end_while_an_agent_has_not_answered) {
  agent.apply.reset();
  asio::co_spawn(io, agents->Apply(agent.address(), kValues, 5, kLong),
                 [](const std::exception_ptr&, auto&&) {});
  io.poll();
  ASSERT_EQ(agent.arrived.get_future().wait_for(runtime::kTestLimit), std::future_status::ready);
  agents.reset();
  EXPECT_EQ(agent.cancelled.get_future().wait_for(runtime::kTestLimit), std::future_status::ready);
}

TEST_F(AgentsTest, many_calls_at_once_all_come_back) {
  int ended = 0;
  for (int i = 0; i < 200; ++i) {
    asio::co_spawn(io, agents->Status(agent.address(), kLong),
                   [&](const std::exception_ptr&, const AgentResult<PodState>& state) {
                     if (state) ++ended;
                   });
  }
  io.run_for(runtime::kTestLimit);
  EXPECT_EQ(ended, 200);
}

}  // namespace
}  // namespace monoceros::agents
