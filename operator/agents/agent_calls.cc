// SPDX-License-Identifier: Apache-2.0
#include "agents/agent_calls.h"

#include <grpcpp/grpcpp.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

#include "monoceros/control/v1/control.grpc.pb.h"

namespace monoceros::agents {

namespace asio = boost::asio;
namespace v1 = control::v1;
using Stub = v1::Control::Stub;
using std::chrono::milliseconds;

// The calls that gRPC still holds.
class AgentCalls::InFlight {
 public:
  void Begin(grpc::ClientContext* context) {
    const std::lock_guard lock(mutex_);
    contexts_.insert(context);
  }

  // `pass_on` gives the answer to the executor. Under the lock, so that nobody cancels a call that
  // its coroutine has destroyed, and the executor is still there.
  template <typename PassOn>
  void End(grpc::ClientContext* context, PassOn pass_on) {
    const std::lock_guard lock(mutex_);
    pass_on();
    contexts_.erase(context);
    if (contexts_.empty()) none_.notify_all();
  }

  void CancelAndWait() {
    std::unique_lock lock(mutex_);
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
    none_.wait(lock, [this] { return contexts_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::set<grpc::ClientContext*> contexts_;
};

namespace {

template <typename Request, typename Response>
struct Exchange {
  grpc::ClientContext context;
  Request request;
  Response response;
};

// A call and the coroutine that waits for it. Goes from the coroutine's thread to gRPC's and back;
// only one of them touches it at a time.
template <typename Request, typename Response, typename Handler>
class Pending {
 public:
  Pending(std::shared_ptr<Exchange<Request, Response>> exchange, Handler handler)
      : exchange_(std::move(exchange)),
        handler_(std::move(handler)),
        work_(asio::get_associated_executor(handler_)) {}

  auto executor() const { return work_.get_executor(); }

  void Complete(const grpc::Status& status) {
    const auto work = std::move(work_);
    Handler handler = std::move(handler_);
    if (!status.ok()) {
      return std::move(handler)(CallResult<Response>(
          tl::make_unexpected(CallError{status.error_code(), status.error_message()})));
    }
    std::move(handler)(CallResult<Response>(std::move(exchange_->response)));
  }

 private:
  std::shared_ptr<Exchange<Request, Response>> exchange_;
  Handler handler_;
  asio::executor_work_guard<asio::associated_executor_t<Handler>> work_;
};

// gRPC's callback. The pending call moves on with the answer, so that gRPC's threads never destroy
// it.
template <typename InFlight, typename Pending>
class Callback {
 public:
  Callback(std::shared_ptr<InFlight> in_flight, grpc::ClientContext* context,
           std::shared_ptr<Pending> pending)
      : in_flight_(std::move(in_flight)), context_(context), pending_(std::move(pending)) {}

  void operator()(const grpc::Status& status) {
    in_flight_->End(context_, [&] {
      const auto executor = pending_->executor();
      asio::post(executor, [pending = std::move(pending_), status] { pending->Complete(status); });
    });
  }

 private:
  std::shared_ptr<InFlight> in_flight_;
  grpc::ClientContext* context_;
  std::shared_ptr<Pending> pending_;
};

PodState StateOf(const v1::Status& status) {
  PodState state;
  state.state = status.state();
  state.live_revision = status.live().revision();
  state.live_state = status.live().state();
  state.live_message = status.live().message();
  state.worker_class = status.worker_class();
  state.workers_wanted = status.workers_wanted();
  state.workers_ready = status.workers_ready();
  state.threads_wanted = status.threads_wanted();
  state.saturation = status.saturation();
  return state;
}

v1::ApplyRequest RequestOf(const LiveValues& values, uint64_t revision) {
  v1::ApplyRequest request;
  if (values.workers) request.set_workers(*values.workers);
  if (values.threads) request.set_threads(*values.threads);
  if (!values.worker_class.empty()) request.set_worker_class(values.worker_class);
  request.mutable_settings()->insert(values.settings.begin(), values.settings.end());
  // With the certificate it makes this an operator's change, which a live file does not bar.
  request.set_live_revision(revision);
  request.set_replace(true);
  return request;
}

}  // namespace

AgentCalls::AgentCalls() : in_flight_(std::make_shared<InFlight>()) {}

AgentCalls::~AgentCalls() { in_flight_->CancelAndWait(); }

template <typename Request, typename Response, typename Begin>
asio::awaitable<CallResult<Response>> AgentCalls::Run(ChannelPointer channel, Request request,
                                                      milliseconds limit, Begin begin) {
  auto exchange = std::make_shared<Exchange<Request, Response>>();
  exchange->request = std::move(request);
  exchange->context.set_deadline(std::chrono::system_clock::now() + limit);
  const std::unique_ptr<Stub> stub = v1::Control::NewStub(channel);
  auto initiate = [&](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([exchange](asio::cancellation_type) { exchange->context.TryCancel(); });
    }
    using Call = Pending<Request, Response, decltype(handler)>;
    auto pending = std::make_shared<Call>(exchange, std::move(handler));
    in_flight_->Begin(&exchange->context);
    begin(*stub->async(), *exchange,
          Callback<InFlight, Call>(in_flight_, &exchange->context, std::move(pending)));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(CallResult<Response>)>(initiate,
                                                                      asio::use_awaitable);
}

asio::awaitable<CallResult<PodState>> AgentCalls::GetStatus(ChannelPointer channel,
                                                            milliseconds limit) {
  auto begin = [](auto& stub, auto& exchange, auto callback) {
    stub.GetStatus(&exchange.context, &exchange.request, &exchange.response, std::move(callback));
  };
  const auto status = co_await Run<v1::GetStatusRequest, v1::Status>(
      std::move(channel), v1::GetStatusRequest(), limit, begin);
  co_return status.map(StateOf);
}

asio::awaitable<CallResult<std::map<std::string, std::string>>> AgentCalls::GetConfig(
    ChannelPointer channel, milliseconds limit) {
  auto begin = [](auto& stub, auto& exchange, auto callback) {
    stub.GetConfig(&exchange.context, &exchange.request, &exchange.response, std::move(callback));
  };
  const auto config = co_await Run<v1::GetConfigRequest, v1::Config>(
      std::move(channel), v1::GetConfigRequest(), limit, begin);
  if (!config) co_return tl::make_unexpected(config.error());
  std::map<std::string, std::string> settings;
  for (const v1::ConfigEntry& entry : config->settings()) settings[entry.name()] = entry.value();
  co_return settings;
}

asio::awaitable<CallResult<void>> AgentCalls::Apply(ChannelPointer channel, LiveValues values,
                                                    uint64_t revision, milliseconds limit) {
  auto begin = [](auto& stub, auto& exchange, auto callback) {
    stub.Apply(&exchange.context, &exchange.request, &exchange.response, std::move(callback));
  };
  auto request = RequestOf(values, revision);
  const auto applied = co_await Run<v1::ApplyRequest, v1::ApplyResponse>(
      std::move(channel), std::move(request), limit, begin);
  if (!applied) co_return tl::make_unexpected(applied.error());
  co_return CallResult<void>();
}

}  // namespace monoceros::agents
