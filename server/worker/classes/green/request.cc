// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/green/request.h"

#include "worker/python/error.h"
#include "worker/python/function.h"

namespace monoceros::worker {
namespace {

// Copying a body is interrupted after so long.
constexpr base::Nanoseconds kLongRun = 2 * base::kNanosecondsPerMillisecond;

}  // namespace

GreenRequest::GreenRequest(Worker& worker, const python::GilStamps& stamps,
                           const Greenlets& greenlets, GreenOwner& owner)
    : worker_(worker),
      greenlets_(greenlets),
      owner_(owner),
      handler_(worker.application, stamps, *this, meter_, worker.logger()),
      resumed_at_(base::MonotonicNow()) {}

void GreenRequest::Begin(std::shared_ptr<channel::WorkerEnd> end, channel::Exchange& exchange) {
  end_ = std::move(end);
  exchange_ = &exchange;
  slot_ = exchange.slot();
  resumed_at_ = exchange.taken_at();
  if (!function_) function_ = python::MakeFunction([this] { Run(); });
  if (function_ && !waiter_) waiter_ = greenlets_.MakeWaiter();
  python::Ref greenlet = waiter_ ? greenlets_.Make(function_) : python::Ref();
  if (!greenlet) {
    worker_.logger().Error("cannot begin a request: {}", python::Describe(python::TakeException()));
    exchange.Abort();
    return End();
  }
  greenlet_ = greenlet;
  // Not by a member: this may be another request when it returns.
  greenlets_.Begin(greenlet, worker_.logger());
}

void GreenRequest::Run() {
  handler_.Run(*exchange_);
  // Those that the application has forked go on in a copy of this process.
  if (worker_.canary().InChild()) return owner_.OnEndedInChild();
  End();
}

void GreenRequest::End() {
  exchange_ = nullptr;
  greenlet_.Reset();
  owner_.OnEnded(*this);
  end_.reset();
  if (parked_ > 0) return Wake();
  owner_.OnUnused(*this);
}

// The thread is the same for all; the greenlet decides where it is raised.
bool GreenRequest::Interrupt(uint64_t exchange, PyObject* exception) {
  if (!handler_.interruption().Interrupt(exchange, exception)) return false;
  return greenlets_.Interrupt(greenlet_, exception, worker_.logger());
}

void GreenRequest::Wake() { greenlets_.Wake(waiter_, worker_.logger()); }

bool GreenRequest::AwaitReadable(channel::Exchange& exchange) {
  if (exchange.disconnected()) return false;
  return Park() && !exchange.disconnected();
}

bool GreenRequest::AwaitWritable(channel::Exchange& exchange) {
  exchange.Flush();
  if (exchange.disconnected()) return false;
  return Park() && !exchange.disconnected();
}

bool GreenRequest::Pause() {
  if (base::MonotonicNow() - resumed_at_ < kLongRun) return true;
  Wake();
  return Park();
}

// A greenlet that the application started may wait here longer than the request lasts.
bool GreenRequest::Park() {
  ++parked_;
  const bool woken = greenlets_.Wait(waiter_);
  --parked_;
  resumed_at_ = base::MonotonicNow();
  if (exchange_ != nullptr) return woken;
  if (woken) PyErr_SetString(PyExc_RuntimeError, "the request is over");
  if (parked_ == 0) owner_.OnUnused(*this);
  return false;
}

}  // namespace monoceros::worker
