// SPDX-License-Identifier: Apache-2.0
#include "agents/outcomes.h"

#include <gmock/gmock.h>
#include <grpcpp/support/status_code_enum.h>

namespace monoceros::agents {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;
using Kind = AgentError::Kind;

constexpr char kAddress[] = "10.1.2.3:9103";
const CallError kNotHigher{StatusCode::FAILED_PRECONDITION, "live_revision: 5 is not higher"};
const CallError kAborted{StatusCode::ABORTED, "rolled back: no"};

PodState At(uint64_t revision, const std::string& live = "converged",
            const std::string& state = "ready") {
  return {.state = state, .live_revision = revision, .live_state = live};
}

TEST(Outcomes, codes_tell_what_may_be_asked_again_from_what_may_not) {
  const std::pair<int, Kind> cases[] = {
      {StatusCode::UNAVAILABLE, Kind::kUnreachable},
      {StatusCode::DEADLINE_EXCEEDED, Kind::kUnreachable},
      {StatusCode::CANCELLED, Kind::kUnreachable},
      {StatusCode::RESOURCE_EXHAUSTED, Kind::kUnreachable},
      {StatusCode::INTERNAL, Kind::kUnreachable},
      {StatusCode::INVALID_ARGUMENT, Kind::kRefused},
      {StatusCode::FAILED_PRECONDITION, Kind::kRefused},
      {StatusCode::PERMISSION_DENIED, Kind::kRefused},
      {StatusCode::UNAUTHENTICATED, Kind::kRefused},
      {StatusCode::UNIMPLEMENTED, Kind::kRefused},
      {StatusCode::ABORTED, Kind::kFailed},
  };
  for (const auto& [code, kind] : cases) {
    EXPECT_EQ(ErrorOf({code, "why"}, kAddress).kind, kind) << code;
  }
}

TEST(Outcomes, errors_name_the_agent_and_the_reason) {
  EXPECT_EQ(ErrorOf({StatusCode::UNAVAILABLE, "no server runs in /run"}, kAddress).message,
            "the agent at 10.1.2.3:9103 cannot be reached: no server runs in /run");
  EXPECT_EQ(ErrorOf({StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"}, kAddress).message,
            "the agent at 10.1.2.3:9103 did not answer in time");
}

TEST(Outcomes, only_ambiguous_codes_need_a_look) {
  EXPECT_TRUE(NeedsLook(kNotHigher));
  EXPECT_TRUE(NeedsLook(kAborted));
  EXPECT_FALSE(NeedsLook({StatusCode::INVALID_ARGUMENT, ""}));
  EXPECT_FALSE(NeedsLook({StatusCode::UNAVAILABLE, ""}));
}

TEST(Outcomes, the_same_revision_is_left_to_a_comparison_of_values) {
  EXPECT_TRUE(Judge(kNotHigher, 5, At(5), kAddress));
  EXPECT_TRUE(Judge(kNotHigher, 5, At(5, "failed"), kAddress));
}

TEST(Outcomes, the_same_revision_under_way_is_asked_again) {
  const auto judged = Judge(kNotHigher, 5, At(5, "progressing"), kAddress);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().kind, Kind::kUnreachable);
}

TEST(Outcomes, a_revision_older_than_the_servers_is_refused) {
  const auto judged = Judge(kNotHigher, 5, At(9), kAddress);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().kind, Kind::kRefused);
  EXPECT_THAT(judged.error().message, HasSubstr("has live revision 9, a later one than 5"));
}

TEST(Outcomes, a_newer_revision_refused_for_now_is_asked_again) {
  const CallError busy{StatusCode::FAILED_PRECONDITION, "too many changes wait; try again later"};
  const auto judged = Judge(busy, 5, At(4), kAddress);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().kind, Kind::kUnreachable);
  EXPECT_THAT(judged.error().message, HasSubstr("too many changes wait"));
}

TEST(Outcomes, a_server_that_ends_says_nothing_of_the_values) {
  for (const CallError& error : {kNotHigher, kAborted}) {
    const auto judged = Judge(error, 5, At(4, "converged", "draining"), kAddress);
    ASSERT_FALSE(judged);
    EXPECT_EQ(judged.error().kind, Kind::kUnreachable);
  }
}

TEST(Outcomes, a_rolled_back_change_has_failed) {
  const auto judged = Judge(kAborted, 5, At(4, "failed"), kAddress);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().kind, Kind::kFailed);
}

}  // namespace
}  // namespace monoceros::agents
