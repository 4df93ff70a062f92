// SPDX-License-Identifier: Apache-2.0
#include "workerpool/look.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace monoceros::workerpool {
namespace {

using agents::AgentError;
using std::chrono::seconds;

const SteadyTime kNow{std::chrono::hours(1)};

LookTarget TargetAt(uint64_t revision) {
  return {.uid = "u", .pod = "shop-1", .values = agents::LiveValues{}, .revision = revision};
}

Visit Failure(AgentError::Kind kind, const std::string& message) {
  return {.error = AgentError{kind, message}};
}

TEST(Look, is_due_at_first_and_then_after_15_s) {
  Look look;
  EXPECT_TRUE(IsDue(look, TargetAt(1), kNow));
  Settle(look, TargetAt(1), {.state = LookOf(1).state}, kNow);
  EXPECT_FALSE(IsDue(look, TargetAt(1), kNow + seconds(14)));
  EXPECT_TRUE(IsDue(look, TargetAt(1), kNow + seconds(15)));
}

TEST(Look, is_due_at_once_for_a_new_revision_or_a_restart_but_never_twice_at_a_time) {
  Look look;
  Settle(look, TargetAt(1), {.state = LookOf(1).state}, kNow);
  EXPECT_TRUE(IsDue(look, TargetAt(2), kNow));
  LookTarget restarted = TargetAt(1);
  restarted.restarts = 1;
  EXPECT_TRUE(IsDue(look, restarted, kNow));
  look.visiting = true;
  EXPECT_FALSE(IsDue(look, TargetAt(2), kNow));
}

TEST(Look, at_an_unreachable_agent_is_repeated_later_each_time_and_keeps_its_first_words) {
  Look look;
  SteadyTime now = kNow;
  for (const int wait : {2, 4, 8, 16, 30, 30}) {
    Settle(look, TargetAt(1), Failure(AgentError::Kind::kUnreachable, std::to_string(wait)), now);
    EXPECT_EQ(look.due - now, seconds(wait));
    now = look.due;
  }
  EXPECT_EQ(look.unreachable, "2");
  Settle(look, TargetAt(1), {.state = LookOf(1).state}, now);
  EXPECT_EQ(look.unreachable, "");
  EXPECT_EQ(look.due - now, seconds(15));
}

TEST(Look, keeps_what_was_known_of_an_agent_that_does_not_answer) {
  Look look = LookOf(3);
  Settle(look, TargetAt(3), Failure(AgentError::Kind::kUnreachable, "late"), kNow);
  EXPECT_TRUE(HasConverged(look, 3));
}

TEST(Look, remembers_a_refusal_with_its_revision) {
  for (const auto kind : {AgentError::Kind::kRefused, AgentError::Kind::kFailed}) {
    Look look;
    Settle(look, TargetAt(4), Failure(kind, "no"), kNow);
    EXPECT_EQ(look.refusal, (Refusal{"shop-1", 4, "no"}));
    EXPECT_EQ(look.unreachable, "");
  }
}

TEST(Look, is_soon_repeated_while_a_change_is_under_way) {
  Look look;
  Settle(look, TargetAt(2), {.state = LookOf(1).state}, kNow);
  EXPECT_EQ(look.due - kNow, seconds(2));
}

TEST(Look, has_converged_by_revision_and_state) {
  EXPECT_TRUE(HasConverged(LookOf(2), 2));
  EXPECT_TRUE(HasConverged(LookOf(3), 2));
  EXPECT_FALSE(HasConverged(LookOf(1), 2));
  EXPECT_FALSE(HasConverged(Look(), 0));
  Look failed = LookOf(2);
  failed.state->live_state = "failed";
  EXPECT_FALSE(HasConverged(failed, 2));
}

TEST(Look, pushes_to_whom_lacks_the_revision) {
  const agents::PodState state = *LookOf(2).state;
  EXPECT_TRUE(NeedsPush(TargetAt(3), state));
  EXPECT_FALSE(NeedsPush(TargetAt(2), state));
  LookTarget only_looked_at = TargetAt(3);
  only_looked_at.values.reset();
  EXPECT_FALSE(NeedsPush(only_looked_at, state));
}

}  // namespace
}  // namespace monoceros::workerpool
