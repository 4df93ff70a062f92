// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel/worker_end.h"
#include "worker/asgi/handler.h"

namespace monoceros::asgi {

// Answers a request for a WebSocket that the protocol forbids to accept (RFC 6455 section 4.2.2).
// False: there is nothing to refuse.
bool RefuseHandshake(const Opening& opening);

// Writes the 403 of an application that closes before it accepts (ASGI, "Close - send event").
void WriteForbidden(channel::Exchange& exchange);

// Writes the server's own 500.
void WriteServerError(channel::Exchange& exchange);

}  // namespace monoceros::asgi
