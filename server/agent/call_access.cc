// SPDX-License-Identifier: Apache-2.0
#include "agent/call_access.h"

#include <grpcpp/grpcpp.h>

namespace monoceros::agent {
namespace {

Caller CallerOf(const grpc::CallbackServerContext& context) {
  Caller caller;
  const auto header = context.client_metadata().find("authorization");
  if (header != context.client_metadata().end()) {
    caller.token = BearerToken({header->second.data(), header->second.size()});
  }
  const auto peer = context.auth_context();
  if (peer && peer->IsPeerAuthenticated()) {
    for (const grpc::string_ref& name : peer->FindPropertyValues(GRPC_X509_SAN_PROPERTY_NAME)) {
      caller.names.emplace_back(name.data(), name.size());
    }
  }
  return caller;
}

}  // namespace

grpc::Status CheckAccess(const Access& access, Right right,
                         const grpc::CallbackServerContext& context) {
  switch (access.Judge(right, CallerOf(context))) {
    case Decision::kAllowed:
      return grpc::Status::OK;
    case Decision::kDenied:
      return {grpc::StatusCode::PERMISSION_DENIED,
              right == Right::kChange ? "this credential may look, but not change anything"
                                      : "no name of this certificate is in control_read_sans or "
                                        "control_change_sans"};
    case Decision::kUnauthenticated:
      break;
  }
  return {grpc::StatusCode::UNAUTHENTICATED,
          "a credential is needed: a bearer token in the metadata `authorization`, or a client "
          "certificate"};
}

bool MayChangeByName(const Access& access, const grpc::CallbackServerContext& context) {
  return access.MayChangeByName(CallerOf(context));
}

}  // namespace monoceros::agent
