// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/exchange.h"

#include "router/dispatch/dispatcher.h"

namespace monoceros::router {

void Exchange::OnTimeout() { dispatcher->OnExchangeTimeout(*this); }

void Exchange::Reset() {
  head.clear();
  body.Clear();
  body_written = 0;
  body_ended = false;
  submitted_at = assigned_at = taken_at = ended_at = 0;
  worker_pid = 0;
}

}  // namespace monoceros::router
