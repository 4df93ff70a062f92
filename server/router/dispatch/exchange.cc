// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/exchange.h"

#include <utility>

#include "router/dispatch/dispatcher.h"

namespace monoceros::router {

Exchange::Exchange(ExchangeOwner& owner, Budgets& budgets)
    : owner(owner),
      budgets(budgets),
      body(budgets),
      queue_timer(*this, &Dispatcher::OnQueueTimeout),
      untaken_timer(*this, &Dispatcher::OnUntaken),
      request_timer(*this, &Dispatcher::OnRequestTime) {}

void Exchange::CountHead() {
  budgets.memory.Remove(head_counted);
  head_counted = head.capacity();
  budgets.memory.Add(head_counted);
}

void Exchange::Reset() {
  // Idle connections keep no large buffer.
  constexpr size_t kUsualHead = 2048;
  if (head.capacity() > kUsualHead) std::string().swap(head);
  head.clear();
  budgets.memory.Remove(std::exchange(head_counted, 0));
  body.Clear();
  body_written = body_left = 0;
  body_open = body_streamed = body_dropped = false;
  body_ended = half_closed = may_upgrade = stream = false;
  submitted_at = assigned_at = taken_at = ended_at = 0;
  times = {};
  worker_pid = 0;
}

}  // namespace monoceros::router
