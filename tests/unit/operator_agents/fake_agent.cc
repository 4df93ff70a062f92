// SPDX-License-Identifier: Apache-2.0
#include "fake_agent.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace monoceros::agents {

namespace v1 = control::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

namespace {

std::shared_ptr<grpc::ServerCredentials> Credentials(const std::string& client_authority) {
  const auto own = MakeAuthority(std::chrono::system_clock::now());
  EXPECT_TRUE(own);
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = client_authority;
  options.pem_key_cert_pairs.push_back({own->key, own->certificate});
  return grpc::SslServerCredentials(options);
}

ServerUnaryReactor* Answer(CallbackServerContext* context, const grpc::Status& status) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

class Waiting final : public ServerUnaryReactor {
 public:
  explicit Waiting(std::promise<void>& cancelled) : cancelled_(cancelled) {}
  void OnCancel() override {
    cancelled_.set_value();
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  std::promise<void>& cancelled_;
};

}  // namespace

FakeAgent::FakeAgent(const std::string& client_authority) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", Credentials(client_authority), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

FakeAgent::~FakeAgent() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::string FakeAgent::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::vector<FakeAgent::Call> FakeAgent::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FakeAgent::Note(const CallbackServerContext& context, Call call) {
  call.peer = context.peer();
  for (const auto& name : context.auth_context()->FindPropertyValues(GRPC_X509_SAN_PROPERTY_NAME)) {
    call.names.emplace_back(name.data(), name.size());
  }
  for (const auto& [name, value] : context.client_metadata()) {
    call.metadata[{name.data(), name.size()}] = {value.data(), value.size()};
  }
  const std::lock_guard lock(mutex_);
  calls_.push_back(std::move(call));
}

ServerUnaryReactor* FakeAgent::GetStatus(CallbackServerContext* context,
                                         const v1::GetStatusRequest*, v1::Status* answer) {
  Note(*context, {.method = "GetStatus"});
  *answer = status;
  return Answer(context, grpc::Status::OK);
}

ServerUnaryReactor* FakeAgent::GetConfig(CallbackServerContext* context,
                                         const v1::GetConfigRequest*, v1::Config* answer) {
  Note(*context, {.method = "GetConfig"});
  for (const auto& [name, value] : settings) {
    v1::ConfigEntry* entry = answer->add_settings();
    entry->set_name(name);
    entry->set_value(value);
  }
  return Answer(context, grpc::Status::OK);
}

ServerUnaryReactor* FakeAgent::Apply(CallbackServerContext* context,
                                     const v1::ApplyRequest* request, v1::ApplyResponse*) {
  Note(*context, {.method = "Apply", .apply = *request});
  if (apply) return Answer(context, *apply);
  arrived.set_value();
  return new Waiting(cancelled);
}

}  // namespace monoceros::agents
