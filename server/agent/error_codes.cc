// SPDX-License-Identifier: Apache-2.0
#include "agent/error_codes.h"

#include <grpcpp/support/status_code_enum.h>

#include <algorithm>
#include <iterator>

namespace monoceros::agent {
namespace {

// The first is OK, the last is for all others.
constexpr ErrorCode kCodes[] = {
    {"", grpc::StatusCode::OK, 200},
    {"invalid_argument", grpc::StatusCode::INVALID_ARGUMENT, 400},
    {"failed_precondition", grpc::StatusCode::FAILED_PRECONDITION, 409},
    {"not_found", grpc::StatusCode::NOT_FOUND, 404},
    {"aborted", grpc::StatusCode::ABORTED, 409},
    {"deadline_exceeded", grpc::StatusCode::DEADLINE_EXCEEDED, 504},
    {"permission_denied", grpc::StatusCode::PERMISSION_DENIED, 403},
    {"unauthenticated", grpc::StatusCode::UNAUTHENTICATED, 401},
    {"resource_exhausted", grpc::StatusCode::RESOURCE_EXHAUSTED, 503},
    {"unavailable", grpc::StatusCode::UNAVAILABLE, 503},
    {"unimplemented", grpc::StatusCode::UNIMPLEMENTED, 501},
    {"unknown", grpc::StatusCode::UNKNOWN, 500},
};

}  // namespace

const ErrorCode& FindErrorCode(std::string_view name) {
  const auto found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                  [name](const ErrorCode& code) { return code.name == name; });
  return found == std::end(kCodes) ? *std::prev(std::end(kCodes)) : *found;
}

}  // namespace monoceros::agent
