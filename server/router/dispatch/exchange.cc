// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/exchange.h"

#include "router/dispatch/dispatcher.h"

namespace monoceros::router {

Exchange::Exchange(ExchangeOwner& owner, Budgets& budgets)
    : owner(owner),
      body(budgets),
      queue_timer(*this, &Dispatcher::OnQueueTimeout),
      untaken_timer(*this, &Dispatcher::OnUntaken) {}

void Exchange::Reset() {
  head.clear();
  body.Clear();
  body_written = 0;
  body_ended = false;
  submitted_at = assigned_at = taken_at = ended_at = 0;
  worker_pid = 0;
}

}  // namespace monoceros::router
