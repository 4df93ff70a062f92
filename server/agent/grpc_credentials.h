// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

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

// TLS where a certificate is set (files read again when they change, every second; client
// certificates demanded where an authority is set), else none. The error names setting and file.
base::Result<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const config::Settings& settings);

}  // namespace monoceros::agent
