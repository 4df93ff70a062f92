// SPDX-License-Identifier: Apache-2.0
#include "agent/control_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/call_access.h"
#include "agent/order_calls.h"
#include "agent/order_messages.h"
#include "agent/proto_time.h"
#include "agent/status_builder.h"
#include "agent/watch_stream.h"
#include "monoceros/control/v1/control.grpc.pb.h"

namespace monoceros::agent {
namespace {

namespace v1 = control::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::ServerWriteReactor;

ServerUnaryReactor* Answer(CallbackServerContext* context, const grpc::Status& status) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

class ControlService final : public v1::Control::CallbackService {
 public:
  ControlService(ControlParts& parts, const Access& access) : parts_(parts), access_(access) {}

  ServerUnaryReactor* GetServerInfo(CallbackServerContext* context, const v1::GetServerInfoRequest*,
                                    v1::ServerInfo* info) override {
    const grpc::Status allowed = CheckAccess(access_, Right::kRead, *context);
    if (allowed.ok()) FillServerInfo(parts_, *info);
    return Answer(context, allowed);
  }

  ServerUnaryReactor* GetStatus(CallbackServerContext* context, const v1::GetStatusRequest* request,
                                v1::Status* status) override {
    const grpc::Status allowed = CheckAccess(access_, Right::kRead, *context);
    if (!allowed.ok()) return Answer(context, allowed);
    const auto filled = FillStatus(parts_, request->detail(), *status);
    if (filled) return Answer(context, grpc::Status::OK);
    return Answer(context, {grpc::StatusCode::UNAVAILABLE, filled.error().message});
  }

  ServerWriteReactor<v1::Status>* WatchStatus(CallbackServerContext* context,
                                              const v1::WatchStatusRequest* request) override {
    const grpc::Status allowed = CheckAccess(access_, Right::kRead, *context);
    if (!allowed.ok()) return RefuseWatch(allowed);
    return StartWatch(parts_, *request);
  }

  ServerUnaryReactor* GetConfig(CallbackServerContext* context, const v1::GetConfigRequest*,
                                v1::Config* config) override {
    const grpc::Status allowed = CheckAccess(access_, Right::kRead, *context);
    if (!allowed.ok()) return Answer(context, allowed);
    return StartUnaryOrder(parts_.master, GetConfigOrder(), kLookLimit, config);
  }

  ServerUnaryReactor* DumpStacks(CallbackServerContext* context,
                                 const v1::DumpStacksRequest* request,
                                 v1::Stacks* stacks) override {
    const grpc::Status allowed = CheckAccess(access_, Right::kRead, *context);
    if (!allowed.ok()) return Answer(context, allowed);
    return StartUnaryOrder(parts_.master, ToOrder(*request), kLookLimit, stacks);
  }

  ServerUnaryReactor* Apply(CallbackServerContext* context, const v1::ApplyRequest* request,
                            v1::ApplyResponse* response) override {
    const grpc::Status allowed = CheckAccess(access_, Right::kChange, *context);
    if (!allowed.ok()) return Answer(context, allowed);
    return StartUnaryOrder(parts_.master, Signed(*context, ToOrder(*request)), kNoLimit, response);
  }

  ServerWriteReactor<v1::ApplyEvent>* ApplyAndFollow(CallbackServerContext* context,
                                                     const v1::ApplyRequest* request) override {
    return Follow(*context, *request);
  }
  ServerWriteReactor<v1::ApplyEvent>* Reload(CallbackServerContext* context,
                                             const v1::ReloadRequest* request) override {
    return Follow(*context, *request);
  }
  ServerWriteReactor<v1::ApplyEvent>* RestartWorker(
      CallbackServerContext* context, const v1::RestartWorkerRequest* request) override {
    return Follow(*context, *request);
  }
  ServerWriteReactor<v1::ApplyEvent>* Drain(CallbackServerContext* context,
                                            const v1::DrainRequest* request) override {
    return Follow(*context, *request);
  }

 private:
  template <typename Request>
  ServerWriteReactor<v1::ApplyEvent>* Follow(const CallbackServerContext& context,
                                             const Request& request) {
    const grpc::Status allowed = CheckAccess(access_, Right::kChange, context);
    if (!allowed.ok()) return RefuseOrder(allowed);
    return StartOrderStream(parts_.master, Signed(context, ToOrder(request)));
  }

  // The master trusts a certificate of control_change_sans more than other ways in.
  base::Result<nlohmann::json> Signed(const CallbackServerContext& context,
                                      base::Result<nlohmann::json> order) const {
    if (order && MayChangeByName(access_, context)) (*order)["by_certificate"] = true;
    return order;
  }

  ControlParts& parts_;
  const Access& access_;
};

}  // namespace

void FillServerInfo(const ControlParts& parts, v1::ServerInfo& info) {
  const MasterInfo master = parts.master.info();
  info.set_version(MONOCEROS_VERSION);
  info.set_master_version(master.version);
  info.add_features("status");
  info.add_features("watch");
  for (const std::string& feature : master.features) info.add_features(feature);
  info.set_managed(master.managed);
  info.set_run_directory(parts.pool.run_directory());
}

base::Result<void> FillStatus(ControlParts& parts, bool detail, v1::Status& status) {
  const auto sample = parts.pool.Sample();
  if (!sample) return tl::make_unexpected(sample.error());
  BuildStatus({.now = *sample->now,
               .before = *sample->second_ago,
               .window = *sample->window,
               .wall_clock = WallClockNow(),
               .detail = detail},
              status);
  return {};
}

std::shared_ptr<grpc::Service> MakeControlService(ControlParts& parts, const Access& access) {
  return std::make_shared<ControlService>(parts, access);
}

}  // namespace monoceros::agent
