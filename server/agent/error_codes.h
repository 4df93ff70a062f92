// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::agent {

// How an error of a control message (docs/control_messages.md) is said elsewhere.
struct ErrorCode {
  std::string_view name;  // "invalid_argument"
  int grpc;               // grpc::StatusCode
  int http;
};

// By name; "unknown" for names that are not known. Empty is OK.
const ErrorCode& FindErrorCode(std::string_view name);

}  // namespace monoceros::agent
