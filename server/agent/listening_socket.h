// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "config/bind_address.h"

namespace monoceros::agent {

// A listening stream socket, close-on-exec and non-blocking. A Unix socket that nobody listens on
// any more is replaced; its mode is 0660. The error says why not.
base::Result<base::Fd> ListenOn(const config::BindAddress& address);

// Whether only this machine reaches the socket: it is bound to loopback or is a Unix socket.
bool IsLoopback(const base::Fd& listening);

}  // namespace monoceros::agent
