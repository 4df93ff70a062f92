// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "agent/access.h"
#include "agent/master_client.h"
#include "agent/pool_watch.h"

namespace grpc {
class Service;
}
namespace monoceros::control::v1 {
class ServerInfo;
class Status;
}  // namespace monoceros::control::v1

namespace monoceros::agent {

// What the control plane works with; shared by gRPC and HTTP. All of it is thread-safe and outlives
// the servers.
struct ControlParts {
  PoolWatch& pool;
  MasterClient& master;
  std::atomic<int> open_streams = 0;  // of WatchStatus
};

// Time limits of orders that change nothing.
inline constexpr base::Nanoseconds kLookLimit = 15 * base::kNanosecondsPerSecond;
inline constexpr base::Nanoseconds kNoLimit = -1;

// What GetServerInfo answers.
void FillServerInfo(const ControlParts& parts, control::v1::ServerInfo& info);

// What GetStatus answers. The error says why the pool cannot be seen.
base::Result<void> FillStatus(ControlParts& parts, bool detail, control::v1::Status& status);

// The service of control.proto (callback API; no call holds a thread while it waits). `parts` and
// `access` outlive it.
std::shared_ptr<grpc::Service> MakeControlService(ControlParts& parts, const Access& access);

}  // namespace monoceros::agent
