// SPDX-License-Identifier: Apache-2.0
// The part of Dispatcher that watches how long workers run what they took.
#include "channel/heads.h"
#include "router/dispatch/dispatcher.h"

namespace monoceros::router {
namespace {

// Of a path: it is for people, and a message has room for so much.
constexpr size_t kMostPath = 200;

RunningExchange Describe(const WorkerLink& link, const Exchange& exchange,
                         base::Nanoseconds taken_at, base::Nanoseconds now) {
  channel::RequestHead head;
  channel::Decode(std::as_bytes(std::span(exchange.head)), head);
  return {.incarnation = link.description().incarnation,
          .id = exchange.id,
          .method = std::string(head.method.substr(0, kMostPath)),
          .path = std::string(head.path.substr(0, kMostPath)),
          .age = now - (taken_at != 0 ? taken_at : exchange.assigned_at),
          .taken = taken_at != 0};
}

}  // namespace

// The timer was armed when the exchange was assigned, but its time counts from "taken".
void Dispatcher::OnRequestTime(Exchange& exchange) {
  const base::Nanoseconds limit = request_timeouts_.duration();
  if (exchange.state != Exchange::State::kAssigned || exchange.ended_at != 0 || limit <= 0) return;
  WorkerLink& link = *exchange.worker;
  const base::Nanoseconds taken_at = link.channel().TakenAt(exchange.slot);
  // It cannot be taken before now, whenever that will be.
  const base::Nanoseconds deadline = (taken_at != 0 ? taken_at : now_) + limit;
  if (deadline > now_) return request_timeouts_.ArmAt(exchange.request_timer, deadline);
  exchange.DisarmTimers();
  link.ReadTimes(exchange);
  events_.OnRequestTimeout(Describe(link, exchange, taken_at, now_));
  link.Forsake(exchange);
  capacity_changed_ = true;
  exchange.owner.OnExchangeFailed(exchange, ExchangeFailure::kRequestTimeout);
}

std::vector<RunningExchange> Dispatcher::List(uint64_t incarnation, size_t most) {
  std::vector<RunningExchange> listed;
  const WorkerLink* const link = Find(incarnation);
  if (link == nullptr) return listed;
  for (const Exchange* exchange : link->Attached()) {
    if (exchange->ended_at != 0 || listed.size() == most) continue;
    WorkerLink& worker = *exchange->worker;
    listed.push_back(Describe(worker, *exchange, worker.channel().TakenAt(exchange->slot),
                              base::MonotonicNow()));
  }
  return listed;
}

}  // namespace monoceros::router
