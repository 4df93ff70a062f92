// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "agents/certificates.h"

namespace grpc {
class Channel;
class ChannelCredentials;
}  // namespace grpc

namespace monoceros::agents {

// One gRPC channel to each agent, with TLS. Calls that run hold on to theirs, so that closing one
// disturbs none. For one thread.
class Channels {
 public:
  explicit Channels(std::string user_agent) : user_agent_(std::move(user_agent)) {}

  // Closes all when the identity is another one.
  void SetIdentity(const KeyPair& identity);
  // Connects when it is used first. Null while there is no identity.
  std::shared_ptr<grpc::Channel> To(const std::string& address);
  void KeepOnly(const std::set<std::string>& addresses);

 private:
  std::string user_agent_;
  KeyPair identity_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace monoceros::agents
