// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/own_certificate.h"
#include "base/result.h"
#include "config/bind_address.h"
#include "config/settings.h"

namespace grpc {
class ServerCredentials;
}

namespace monoceros::agent {

// Whether the address can be reached from this machine only.
bool IsLoopback(const config::BindAddress& address);

// Whether the settings protect an address that others can reach. The error is a sentence that says
// what to set.
base::Result<void> CheckProtected(const config::BindAddress& address,
                                  const config::Settings& settings);

// Whether connections are encrypted: a certificate is set, or an authority of clients.
bool HasTls(const config::Settings& settings);

// Why nobody can get in for now: the file of client authorities holds none. Empty: they can.
std::string MissingAuthority(const config::Settings& settings);

// What a server shows and demands; lives as long as the server.
struct ServerCredentials {
  std::optional<OwnCertificate> own;  // where no certificate is set
  std::shared_ptr<grpc::ServerCredentials> grpc;
};

// TLS where a certificate or an authority of clients is set, else none. Files are read again when
// they change, every second. With an authority, clients must show a certificate of it: nobody gets
// in while its file is empty. Without a certificate of its own the server makes one that is
// self-signed. The error names setting and file.
base::Result<ServerCredentials> MakeServerCredentials(const config::Settings& settings);

}  // namespace monoceros::agent
