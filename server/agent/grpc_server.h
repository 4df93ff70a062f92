// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "agent/access.h"
#include "agent/control_service.h"
#include "base/result.h"
#include "config/bind_address.h"
#include "config/settings.h"

namespace monoceros::agent {

// One address on which the control plane is served, with health and reflection. Its threads are
// gRPC's.
class GrpcServer {
 public:
  // Listens on control.sock in the run directory: mode 0660, the directory's group. The error says
  // why it cannot, for example that another agent serves there.
  static base::Result<std::unique_ptr<GrpcServer>> StartLocal(ControlParts& parts,
                                                              const Access& access);
  // Listens on `control_bind`, with TLS where the settings name a certificate.
  static base::Result<std::unique_ptr<GrpcServer>> Start(const config::BindAddress& address,
                                                         const config::Settings& settings,
                                                         ControlParts& parts, const Access& access);
  // Ends within a second, open calls cancelled.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;

  // Whether the socket that it listens on can still be reached by its path.
  bool Reachable() const;
  // The port that was bound; 0 for a Unix socket.
  int port() const;

 private:
  struct State;
  explicit GrpcServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace monoceros::agent
