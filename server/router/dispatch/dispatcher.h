// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event_loop.h"
#include "base/timeout_list.h"
#include "router/dispatch/exchange.h"
#include "router/dispatch/service_time.h"
#include "router/dispatch/worker_link.h"

namespace monoceros::router {

struct DispatcherSettings {
  size_t queue_limit = 2048;              // requests
  base::Nanoseconds queue_timeout = 0;    // 0: none
  base::Nanoseconds request_timeout = 0;  // 0: none
};

// Workers, by what they do for new requests.
struct WorkerCounts {
  uint32_t serving = 0;
  uint32_t stalled = 0;  // let requests lie
  uint32_t leaving = 0;  // drain, or are dead
};

// An exchange in a worker's channel, for people.
struct RunningExchange {
  uint64_t incarnation = 0;  // of its worker
  uint64_t id = 0;
  std::string method;
  std::string path;
  base::Nanoseconds age = 0;  // since it was taken, or while it was not since it was assigned
  bool taken = false;
};

// What the dispatcher tells the master.
class DispatcherEvents {
 public:
  // It was taken longer than request_timeout ago. Its owner is told next; the worker runs it for
  // nobody.
  virtual void OnRequestTimeout(const RunningExchange& exchange) = 0;
  // The worker has ended one of these.
  virtual void OnTimedOutEnded(uint64_t incarnation, uint64_t exchange) = 0;
  virtual void OnWorkerDrained(uint64_t incarnation) = 0;
  virtual void OnWorkerBroken(uint64_t incarnation, const std::string& reason) = 0;

 protected:
  ~DispatcherEvents() = default;
};

// Holds the one queue and gives each exchange to a worker: to one that has taken everything it was
// given, then to the one with the fewest untaken, then the fewest running. While requests queue,
// busy workers get a few ahead of time. What a worker has not taken is moved as soon as another can
// take it, the oldest first, so nothing waits behind a slow request. What runs longer than
// request_timeout is taken from its owner; its worker gets new requests only when no other can take
// them. One thread.
class Dispatcher {
 public:
  Dispatcher(base::EventLoop& loop, DispatcherEvents& events, const DispatcherSettings& settings);
  ~Dispatcher();

  // Whether a new request would be refused, by queue length or predicted wait; then the seconds a
  // client should stay away (jittered), for Retry-After.
  std::optional<int> Refusal() const;
  // The same seconds, whether or not a request would be refused.
  int RetryAfter() const;
  // Whether an exchange may be submitted while its body still arrives: all workers that get new
  // exchanges take it so. While there are none, what holds of the last that came.
  bool TakesOpenBodies() const;
  // Assigns the exchange now or queues it. It must stay alive until its owner heard of its end or
  // withdrew it.
  void Submit(Exchange& exchange);
  // The owner wants nothing more of it: unqueued, taken back, or left to run for nobody. Returns
  // true when it had not been taken.
  bool Withdraw(Exchange& exchange);
  // The response of the exchange has begun, and is a tunnel or has no end by its kind. It counts
  // among streams() and no longer among in_flight(), and is no service time. REQUIRES kAssigned.
  void MarkStream(Exchange& exchange);
  // The owner has read the last frame: the worker is free for the next exchange, which is given
  // to it at once, before the owner spends time on sending.
  void Ended(Exchange& exchange);
  // The owner needs the frames of an ended exchange no more.
  void Close(Exchange& exchange);
  void AddWorker(WorkerDescription description, std::unique_ptr<channel::RouterEnd> channel,
                 base::Fd pidfd);
  void DrainWorker(uint64_t incarnation);
  // From now on the worker runs so many at once, at most as many as its channel has slots. What it
  // has not taken and has no capacity for is taken back. Unknown workers are passed over: one may
  // have died meanwhile.
  void SetCapacity(uint64_t incarnation, uint32_t capacity);
  // An upgraded stream may last: request_timeout is not for it.
  void LiftTimeLimit(Exchange& exchange) { exchange.request_timer.Disarm(); }
  // At most `most` of what this worker's channel holds without an end, in slot order.
  std::vector<RunningExchange> List(uint64_t incarnation, size_t most);

  // Delivers what workers wrote, buries the dead, moves what stalls, wakes sleepers.
  void Turn(base::Nanoseconds now);
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;
  // Announces to every worker that the router is about to sleep. False when there is work.
  bool PrepareToSleep();
  void WokeUp();

  // Requests that wait: in the queue, or ahead of time behind others of one worker.
  size_t queued() const;
  // Requests that workers run.
  size_t in_flight() const;
  // Tunnels and endless responses that loops carry beside the requests that they run.
  size_t streams() const;
  WorkerCounts CountWorkers(base::Nanoseconds now) const;
  // Whether there ever was a worker.
  bool had_worker() const { return had_worker_; }
  // Moving mean of the time that a worker takes for one request; 0: not known yet.
  base::Nanoseconds mean_service() const { return service_time_.mean(); }
  void Configure(const DispatcherSettings& settings);
  // Gives idle memory of the channels back. Once a second.
  void Trim();

  // Called by links and exchanges.
  void OnQueueTimeout(Exchange& exchange);
  void OnUntaken(Exchange& exchange);
  void OnRequestTime(Exchange& exchange);
  void OnTimedOutEnded(uint64_t incarnation, uint64_t exchange) {
    events_.OnTimedOutEnded(incarnation, exchange);
  }
  void OnCapacity() { capacity_changed_ = true; }
  void OnWorkerGone() { worker_gone_ = true; }

 private:
  template <typename Admits>
  WorkerLink* Choose(Admits admits);
  WorkerLink* ChooseIdle();
  Exchange* NextFor(const WorkerLink& link, base::Nanoseconds least_age);
  bool Give(WorkerLink& link, Exchange& exchange);
  bool AssignTo(WorkerLink& link, Exchange& exchange);
  void Enqueue(Exchange& exchange);
  void WantBody(Exchange& exchange);
  void WantBodies();
  void ServeQueue();
  void CheckLinks();
  void BuryLink(WorkerLink& link);
  void FailOrRequeue(WorkerLink& link, Exchange& exchange);
  void Remove(WorkerLink& link);
  WorkerLink* Find(uint64_t incarnation);
  uint32_t Capacity() const;
  base::Nanoseconds PredictedWait() const;

  base::EventLoop& loop_;
  DispatcherEvents& events_;
  DispatcherSettings settings_;
  std::vector<std::unique_ptr<WorkerLink>> links_;
  std::map<uint64_t, Exchange*> queue_;  // by exchange id: one that comes back keeps its turn
  base::TimeoutList queue_timeouts_;
  base::TimeoutList untaken_timeouts_;
  base::TimeoutList request_timeouts_;
  ServiceTime service_time_;
  base::Nanoseconds now_ = 0;
  bool had_worker_ = false;
  bool capacity_changed_ = false;
  bool worker_gone_ = false;
  bool newest_takes_open_bodies_ = false;
};

}  // namespace monoceros::router
