// SPDX-License-Identifier: Apache-2.0
#include "agents/outcomes.h"

#include <fmt/format.h>
#include <grpcpp/support/status_code_enum.h>

namespace monoceros::agents {
namespace {

using grpc::StatusCode;
using Kind = AgentError::Kind;

Kind KindOf(int code) {
  switch (code) {
    case StatusCode::INVALID_ARGUMENT:
    case StatusCode::FAILED_PRECONDITION:
    case StatusCode::PERMISSION_DENIED:
    case StatusCode::UNAUTHENTICATED:
    case StatusCode::UNIMPLEMENTED:
      return Kind::kRefused;
    case StatusCode::ABORTED:
      return Kind::kFailed;
    default:
      return Kind::kUnreachable;
  }
}

const char* SayingOf(Kind kind) {
  switch (kind) {
    case Kind::kUnreachable:
      return "cannot be reached";
    case Kind::kRefused:
      return "refuses";
    case Kind::kFailed:
      return "could not do it";
  }
  return "";
}

bool Leaves(const PodState& state) { return state.state == "draining"; }

tl::unexpected<AgentError> Later(const std::string& address, const std::string& why) {
  return tl::make_unexpected(
      AgentError{Kind::kUnreachable,
                 fmt::format("the server at {} is not ready for a change: {}", address, why)});
}

}  // namespace

AgentError ErrorOf(const CallError& error, const std::string& address) {
  if (error.code == StatusCode::DEADLINE_EXCEEDED) {
    return {Kind::kUnreachable, fmt::format("the agent at {} did not answer in time", address)};
  }
  const Kind kind = KindOf(error.code);
  return {kind, fmt::format("the agent at {} {}: {}", address, SayingOf(kind), error.message)};
}

bool NeedsLook(const CallError& error) {
  return error.code == StatusCode::FAILED_PRECONDITION || error.code == StatusCode::ABORTED;
}

AgentResult<void> Judge(const CallError& error, uint64_t revision, const PodState& state,
                        const std::string& address) {
  // A server that ends refuses or gives up everything; that says nothing of the values.
  if (Leaves(state)) return Later(address, error.message);
  if (error.code == StatusCode::ABORTED) return tl::make_unexpected(ErrorOf(error, address));
  if (state.live_revision > revision) {
    return tl::make_unexpected(AgentError{
        Kind::kRefused, fmt::format("the server at {} has live revision {}, a later one than {}",
                                    address, state.live_revision, revision)});
  }
  if (state.live_revision < revision) return Later(address, error.message);
  if (state.live_state == "progressing") return Later(address, "the same change is under way");
  return {};
}

AgentError OtherValues(uint64_t revision, const std::string& difference,
                       const std::string& address) {
  return {Kind::kRefused, fmt::format("the server at {} has live revision {} with other values: {}",
                                      address, revision, difference)};
}

}  // namespace monoceros::agents
