// SPDX-License-Identifier: Apache-2.0
#include "agent/order_calls.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/error_codes.h"
#include "agent/master_client.h"
#include "agent/proto_time.h"
#include "agent/result_messages.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

namespace v1 = control::v1;
using base::Result;
using nlohmann::json;
using EventReactor = grpc::ServerWriteReactor<v1::ApplyEvent>;

constexpr size_t kMaxWaitingEvents = 64;

grpc::Status StatusOf(const OrderOutcome& outcome) {
  const auto code = static_cast<grpc::StatusCode>(FindErrorCode(outcome.code).grpc);
  return code == grpc::StatusCode::OK ? grpc::Status::OK : grpc::Status(code, outcome.message);
}

grpc::Status InvalidArgument(const base::Error& error) {
  return {grpc::StatusCode::INVALID_ARGUMENT, error.message};
}

void Fill(const OrderOutcome& outcome, v1::ApplyResponse& response) {
  response.set_live_revision(outcome.live_revision);
  response.set_message(outcome.message);
}

grpc::Status FillResult(const OrderOutcome& outcome, v1::ApplyResponse& response) {
  Fill(outcome, response);
  return grpc::Status::OK;
}

template <typename Response>
grpc::Status FillResult(const OrderOutcome& outcome, Response& response) {
  const Result<void> read = FromResult(outcome.result, response);
  if (read) return grpc::Status::OK;
  return {grpc::StatusCode::INTERNAL, "the master's answer: " + read.error().message};
}

// Lives until gRPC and the master's client have both let go of it; the response belongs to gRPC and
// is written only before Finish.
template <typename Response>
class UnaryOrder final : public grpc::ServerUnaryReactor,
                         public OrderListener,
                         public std::enable_shared_from_this<UnaryOrder<Response>> {
 public:
  explicit UnaryOrder(Response* response) : response_(response) {}

  grpc::ServerUnaryReactor* Start(MasterClient& master, Result<json> order,
                                  base::Nanoseconds limit) {
    self_ = this->shared_from_this();
    if (order) {
      master.Submit(std::move(*order), limit, self_);
    } else {
      End(InvalidArgument(order.error()));
    }
    return this;
  }

  void OnOrderEvent(const OrderEvent&) override {}
  void OnOrderDone(const OrderOutcome& outcome) override {
    if (finished_.exchange(true)) return;
    const grpc::Status status = StatusOf(outcome);
    Finish(status.ok() ? FillResult(outcome, *response_) : status);
  }
  void OnCancel() override { End(grpc::Status::CANCELLED); }
  void OnDone() override { const auto last = std::move(self_); }

 private:
  void End(const grpc::Status& status) {
    if (!finished_.exchange(true)) Finish(status);
  }

  Response* response_;
  std::atomic<bool> finished_ = false;
  std::shared_ptr<UnaryOrder> self_;
};

template <typename Response>
grpc::ServerUnaryReactor* StartUnary(MasterClient& master, Result<json> order,
                                     base::Nanoseconds limit, Response* response) {
  return std::make_shared<UnaryOrder<Response>>(response)->Start(master, std::move(order), limit);
}

class OrderStream final : public EventReactor,
                          public OrderListener,
                          public std::enable_shared_from_this<OrderStream> {
 public:
  EventReactor* Start(MasterClient& master, Result<json> order) {
    self_ = shared_from_this();
    if (order) {
      master.Submit(std::move(*order), /*limit=*/-1, self_);
    } else {
      const std::lock_guard lock(mutex_);
      End(InvalidArgument(order.error()));
    }
    return this;
  }

  void OnOrderEvent(const OrderEvent& event) override {
    v1::ApplyEvent message;
    message.set_message(event.message);
    message.set_workers_done(event.workers_done);
    message.set_workers_total(event.workers_total);
    const std::lock_guard lock(mutex_);
    Add(std::move(message));
  }

  void OnOrderDone(const OrderOutcome& outcome) override {
    const std::lock_guard lock(mutex_);
    last_ = StatusOf(outcome);
    answered_ = true;
    if (last_.ok()) {
      v1::ApplyEvent message;
      message.set_message(outcome.message);
      Fill(outcome, *message.mutable_done());
      return Add(std::move(message));
    }
    Continue();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) return End(grpc::Status::CANCELLED);
    Continue();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    End(grpc::Status::CANCELLED);
  }

  void OnDone() override { const auto last = std::move(self_); }

 private:
  void Add(v1::ApplyEvent event) {
    SetTime(WallClockNow(), *event.mutable_at());
    if (waiting_.size() >= kMaxWaitingEvents) waiting_.pop_front();
    waiting_.push_back(std::move(event));
    Continue();
  }

  // Writes what waits, then ends when there is no more to come.
  void Continue() {
    if (writing_ || finished_) return;
    if (!waiting_.empty()) {
      current_ = std::move(waiting_.front());
      waiting_.pop_front();
      writing_ = true;
      return StartWrite(&current_);
    }
    if (answered_) End(last_);
  }

  void End(const grpc::Status& status) {
    if (!std::exchange(finished_, true)) Finish(status);
  }

  std::mutex mutex_;
  std::deque<v1::ApplyEvent> waiting_;
  v1::ApplyEvent current_;  // being written
  grpc::Status last_;
  bool writing_ = false;
  bool answered_ = false;
  bool finished_ = false;
  std::shared_ptr<OrderStream> self_;
};

class RefusedOrder final : public EventReactor {
 public:
  explicit RefusedOrder(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerUnaryReactor* StartUnaryOrder(MasterClient& master, Result<json> order,
                                          base::Nanoseconds limit, v1::ApplyResponse* response) {
  return StartUnary(master, std::move(order), limit, response);
}

grpc::ServerUnaryReactor* StartUnaryOrder(MasterClient& master, Result<json> order,
                                          base::Nanoseconds limit, v1::Config* response) {
  return StartUnary(master, std::move(order), limit, response);
}

grpc::ServerUnaryReactor* StartUnaryOrder(MasterClient& master, Result<json> order,
                                          base::Nanoseconds limit, v1::Stacks* response) {
  return StartUnary(master, std::move(order), limit, response);
}

EventReactor* StartOrderStream(MasterClient& master, Result<json> order) {
  return std::make_shared<OrderStream>()->Start(master, std::move(order));
}

EventReactor* RefuseOrder(const grpc::Status& status) { return new RefusedOrder(status); }

}  // namespace monoceros::agent
