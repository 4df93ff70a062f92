// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/timeout_list.h"
#include "channel/router_end.h"
#include "router/net/request_body.h"

namespace monoceros::router {

class Dispatcher;
class Exchange;
class WorkerLink;

// Why an exchange will never get (the rest of) its response.
enum class ExchangeFailure {
  kWorkerDied,      // it had been taken: 502
  kQueueTimeout,    // it waited longer than queue_timeout: 503
  kRequestTimeout,  // it ran longer than request_timeout: 504; its worker runs it for nobody
};

// The connection that an exchange belongs to.
class ExchangeOwner {
 public:
  // The worker wrote to the response stream, gave request credit back, or begins to leave.
  virtual void OnResponse(Exchange& exchange) = 0;
  // The exchange is over without kEnd or kAbort; it is detached from its worker.
  virtual void OnExchangeFailed(Exchange& exchange, ExchangeFailure failure) = 0;
  // Its body is open, and the workers that are left take whole bodies only: it is idle again, and
  // to be submitted once its body is complete. Nothing of the body is lost. Must not submit.
  virtual void OnBodyWanted(Exchange& exchange) = 0;

 protected:
  ~ExchangeOwner() = default;
};

// One request from "complete enough to dispatch" to the end of its response. Owned by its
// connection; used by one connection for one request after another. The dispatcher moves it through
// its states; the owner only submits and withdraws it.
class Exchange {
 public:
  // A time limit of one exchange; says to the dispatcher which one is over.
  class Timer final : public base::Timeout {
   public:
    using Handler = void (Dispatcher::*)(Exchange&);
    Timer(Exchange& exchange, Handler handler) : exchange_(exchange), handler_(handler) {}
    void OnTimeout() override { (exchange_.dispatcher->*handler_)(exchange_); }

   private:
    Exchange& exchange_;
    Handler handler_;
  };

  enum class State {
    kIdle,      // no request
    kQueued,    // waits for a worker
    kAssigned,  // in a worker's channel, taken or not
  };

  Exchange(ExchangeOwner& owner, Budgets& budgets);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  ExchangeOwner& owner;
  State state = State::kIdle;
  uint64_t id = 0;            // rises with every request of this router
  std::string head;           // channel::Encode of the request head
  uint64_t head_counted = 0;  // bytes of `head` that the memory budget knows of
  Budgets& budgets;
  // Complete when the exchange is submitted, but for a worker that takes it while it arrives: then
  // what the worker has not taken yet.
  RequestBody body;
  uint64_t body_written = 0;   // bytes of `body` given to the channel
  uint64_t body_left = 0;      // bytes of a declared length that have not arrived
  bool body_open = false;      // it was submitted while more of the body was to come, and more is
  bool body_streamed = false;  // it was submitted so
  bool body_dropped = false;   // the begin of the body is the worker's alone
  bool body_ended = false;     // kEnd was written
  bool may_upgrade = false;    // it asks for another protocol: kEnd waits for the answer
  bool stream = false;         // upgraded, or its response has no end: see Dispatcher::MarkStream
  bool half_closed = false;    // the client sends nothing more

  WorkerLink* worker = nullptr;  // with kAssigned
  channel::SlotIndex slot = 0;   // with kAssigned

  base::Nanoseconds submitted_at = 0;
  base::Nanoseconds assigned_at = 0;
  base::Nanoseconds taken_at = 0;  // 0: never taken
  base::Nanoseconds ended_at = 0;  // 0: no end yet
  channel::RequestTimes times;     // as far as the worker has reported them
  int worker_pid = 0;              // of the last worker it was assigned to

  Dispatcher* dispatcher = nullptr;  // set by Submit
  Timer queue_timer;                 // runs until a worker has taken it, wherever it waits
  Timer untaken_timer;               // runs while it is assigned and may have to move
  Timer request_timer;               // runs while it is assigned and has no end

  void DisarmTimers() {
    queue_timer.Disarm();
    untaken_timer.Disarm();
    request_timer.Disarm();
  }
  // Of a body that nobody reads, the most bytes that are read and thrown away so that the
  // connection can go on with another request.
  static constexpr uint64_t kMostDropped = 256 * 1024;

  // More of the body is to come than would be thrown away.
  bool RestIsLong() const { return body_open && body_left > kMostDropped; }
  // Tells the memory budget how large `head` is now.
  void CountHead();
  // Ready for the next request: body freed, times cleared. REQUIRES kIdle.
  void Reset();
};

}  // namespace monoceros::router
