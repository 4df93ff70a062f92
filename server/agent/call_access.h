// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/access.h"

namespace grpc {
class CallbackServerContext;
class Status;
}  // namespace grpc

namespace monoceros::agent {

// Judges a gRPC call by its bearer token and its client certificate. OK, UNAUTHENTICATED or
// PERMISSION_DENIED with a sentence.
grpc::Status CheckAccess(const Access& access, Right right,
                         const grpc::CallbackServerContext& context);

// Whether the caller's certificate has a name that control_change_sans allows to change.
bool MayChangeByName(const Access& access, const grpc::CallbackServerContext& context);

}  // namespace monoceros::agent
