// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/cycle.h"

#include <fmt/format.h>

#include <utility>

#include "worker/python/error.h"

namespace monoceros::asgi {

using python::Ref;

Cycle::Cycle(Handler& handler, Opening opening)
    : handler_(handler),
      exchange_(opening.exchange),
      head_(std::move(opening.head)),
      link_(std::move(opening.link)),
      slot_(exchange_->slot()),
      request_id_(exchange_->request_id()),
      // What head_ has views of: more than a string keeps in itself, so that they stay good.
      head_bytes_(std::move(opening.head_bytes)),
      grace_([this] { CancelTask(); }) {
  link_->by_slot[slot_] = this;
}

Cycle::~Cycle() { Abort(); }

Ref Cycle::Call(PyObject* object) {
  Application& application = handler_.application();
  const Ref scope = MakeScope();
  const Ref receive = scope ? MakeReceive(object) : Ref();
  const Ref send = receive ? MakeSend(object) : Ref();
  if (!send) return {};
  PyObject* arguments[] = {nullptr, scope.get(), receive.get(), send.get()};
  Ref result = Ref::Steal(PyObject_Vectorcall(application.callable.get(), arguments + 1,
                                              3 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
  if (!result || PyCoro_CheckExact(result.get())) return result;
  const PyAsyncMethods* methods = Py_TYPE(result.get())->tp_as_async;
  if (methods != nullptr && methods->am_await != nullptr) {
    return Ref::Steal(methods->am_await(result.get()));
  }
  PyErr_Format(PyExc_TypeError, "the application returned %R, which cannot be awaited",
               result.get());
  return {};
}

Ref Cycle::MakeMessage(Names::Name type) const {
  Ref message = Ref::Steal(PyDict_New());
  const bool filled =
      message && PyDict_SetItem(message.get(), names()[Names::kType], names()[type]) == 0;
  return filled ? std::move(message) : Ref();
}

bool Cycle::Raise(const char* what) const {
  PyErr_SetString(handler_.application().types.disconnected.get(), what);
  return false;
}

Ref Cycle::AwaitNews(bool receiver) {
  Ref future = handler_.application().MakeFuture();
  const bool marked =
      future && PyObject_SetAttr(future.get(), names()[Names::kFutureBlocking], Py_True) == 0;
  if (!marked) return {};
  (receiver ? receivers_ : senders_).push_back(future);
  return future;
}

void Cycle::Wake(Waiters& waiters) {
  if (waiters.empty()) return;
  const Ref pending = python::TakeException();
  for (const Ref& future : std::exchange(waiters, {})) {
    const Ref done = Ref::Steal(PyObject_CallMethodNoArgs(future.get(), names()[Names::kDone]));
    if (done.get() != Py_False) continue;
    Ref::Steal(PyObject_CallMethodOneArg(future.get(), names()[Names::kSetResult], Py_None))
        .Reset();
  }
  PyErr_Clear();
  python::RaiseAgain(pending);
}

void Cycle::Finish() {
  exchange_->Finish();
  Leave();
}

void Cycle::Abort() {
  if (exchange_ == nullptr) return;
  exchange_->Abort();
  Leave();
}

// The slot may be another exchange's from now on.
void Cycle::Leave() {
  exchange_ = nullptr;
  link_->by_slot[slot_] = nullptr;
  Wake(receivers_);
  Wake(senders_);
  Retire();
}

void Cycle::Complete(const Ref& error) {
  if (completed_) return;
  grace_.Disarm();
  const Ref task = std::exchange(task_, {});
  Conclude(error);
  completed_ = true;
  Retire();
}

// May be the end of the object.
void Cycle::Retire() {
  if (!completed_ || exchange_ != nullptr || std::exchange(retired_, true)) return;
  handler_.Remove(*this);
}

void Cycle::BeginGrace() {
  if (completed_ || std::exchange(grace_begun_, true)) return;
  if (handler_.settings().disconnect_grace <= 0) return CancelTask();
  handler_.timers().grace.Arm(grace_, base::MonotonicNow());
}

void Cycle::CancelTask() {
  if (!task_) return;
  const Ref pending = python::TakeException();
  const Ref task = task_;
  Ref::Steal(PyObject_CallMethodNoArgs(task.get(), names()[Names::kCancel])).Reset();
  PyErr_Clear();
  python::RaiseAgain(pending);
}

bool Cycle::Interrupted(const Ref& error) const {
  if (!interrupted_) return false;
  return PyErr_GivenExceptionMatches(error.get(), interrupted_.get()) ||
         PyErr_GivenExceptionMatches(error.get(), handler_.application().cancelled.get());
}

void Cycle::Log(const Ref& error, const char* what) {
  if (Interrupted(error)) {
    return handler_.logger().Warning("{} {} was interrupted (request_timeout)", head_.method,
                                     head_.path);
  }
  // What fails because the client has left is nobody's mistake.
  const bool gone = exchange_ != nullptr && exchange_->disconnected();
  const bool left =
      PyErr_GivenExceptionMatches(error.get(), handler_.application().types.disconnected.get());
  const auto level = gone || left || grace_begun_ ? base::LogLevel::kDebug : base::LogLevel::kError;
  if (!handler_.logger().Enabled(level)) return;
  handler_.logger().Write(
      level, fmt::format("Error handling {} {}\n{}", what, head_.target, python::Describe(error)));
}

int Cycle::Traverse(visitproc visit, void* arg) const {
  Py_VISIT(task_.get());
  for (const Ref& future : receivers_) Py_VISIT(future.get());
  for (const Ref& future : senders_) Py_VISIT(future.get());
  return 0;
}

void Cycle::Clear() {
  task_.Reset();
  receivers_.clear();
  senders_.clear();
}

}  // namespace monoceros::asgi
