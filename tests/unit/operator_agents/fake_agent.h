// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/grpcpp.h>

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agents/certificates.h"
#include "monoceros/control/v1/control.grpc.pb.h"

namespace monoceros::agents {

// A server of control.proto on loopback that demands client certificates of an authority, and
// answers what the test sets. Set before the calls.
class FakeAgent final : public control::v1::Control::CallbackService {
 public:
  // One call, as it came.
  struct Call {
    std::string method;
    std::string peer;                // the connection
    std::vector<std::string> names;  // of the client's certificate
    std::map<std::string, std::string> metadata;
    control::v1::ApplyRequest apply;
  };

  explicit FakeAgent(const std::string& client_authority);
  ~FakeAgent() override;

  std::string address() const;
  std::vector<Call> calls() const;

  control::v1::Status status;
  std::map<std::string, std::string> settings;
  // No answer: Apply waits until it is cancelled, which `cancelled` tells; `arrived` that it came.
  std::optional<grpc::Status> apply = grpc::Status::OK;
  std::promise<void> arrived;
  std::promise<void> cancelled;

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const control::v1::GetStatusRequest* request,
                                      control::v1::Status* answer) override;
  grpc::ServerUnaryReactor* GetConfig(grpc::CallbackServerContext* context,
                                      const control::v1::GetConfigRequest* request,
                                      control::v1::Config* answer) override;
  grpc::ServerUnaryReactor* Apply(grpc::CallbackServerContext* context,
                                  const control::v1::ApplyRequest* request,
                                  control::v1::ApplyResponse* answer) override;

 private:
  void Note(const grpc::CallbackServerContext& context, Call call);

  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace monoceros::agents
