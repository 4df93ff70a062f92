// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/cycle.h"

#include <span>
#include <utility>

#include "worker/http/upgrade.h"
#include "worker/python/error.h"

namespace monoceros::asgi {

using python::Ref;

Cycle::Cycle(Handler& handler, std::shared_ptr<Link> link, channel::Exchange& exchange)
    : handler_(handler),
      link_(std::move(link)),
      exchange_(&exchange),
      slot_(exchange.slot()),
      body_(handler.stamps()),
      response_(handler.application().names, handler.stamps(), exchange) {
  link_->by_slot[slot_] = this;
}

Cycle::~Cycle() { Abort(); }

Cycle::Head Cycle::ReadHead() {
  const std::optional<channel::Frame> frame = exchange_->Read();
  if (!frame) return exchange_->disconnected() ? Head::kBroken : Head::kPart;
  if (frame->type != channel::FrameType::kHead) return Head::kBroken;
  head_bytes_.assign(reinterpret_cast<const char*>(frame->payload.data()), frame->payload.size());
  exchange_->Consume();
  if (!channel::Decode(std::as_bytes(std::span(head_bytes_)), head_)) return Head::kBroken;
  body_.Begin(head_);
  may_switch_ = !http::UpgradeOf(head_).empty();
  response_.Begin(head_.method == "HEAD", may_switch_);
  return Head::kWhole;
}

Ref Cycle::Call(PyObject* object) {
  Application& application = handler_.application();
  const Ref scope = application.scopes.Make(head_);
  if (scope && may_switch_ && !application.scopes.OfferTunnel(scope.get())) return {};
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

// In a tunnel the end of the client's bytes is a message of its own, and no leaving.
bool Cycle::client_left() const {
  if (exchange_ == nullptr) return true;
  return tunnel_ ? exchange_->disconnected() : exchange_->half_closed();
}

Outcome Cycle::Receive(Ref& message) {
  if (!request_given_ && exchange_ != nullptr && !broken_) {
    const Outcome outcome = ReceiveBody(message);
    if (outcome != Outcome::kWait) return outcome;
  }
  if (!client_left() && !broken_) return Outcome::kWait;
  message = DisconnectMessage();
  return message ? Outcome::kDone : Outcome::kFailed;
}

Outcome Cycle::ReceiveBody(Ref& message) {
  Ref piece;
  RequestBody::Status status = RequestBody::Status::kPiece;
  if (body_.ended()) {
    piece = Ref::Steal(PyBytes_FromStringAndSize(nullptr, 0));
  } else {
    status = body_.Next(*exchange_, piece);
  }
  switch (status) {
    case RequestBody::Status::kPiece:
      request_given_ = body_.ended();
      message = piece ? RequestMessage(piece, !request_given_) : Ref();
      return message ? Outcome::kDone : Outcome::kFailed;
    case RequestBody::Status::kFailed:
      return Outcome::kFailed;
    case RequestBody::Status::kBroken:
      broken_ = true;
      return Outcome::kWait;
    case RequestBody::Status::kNothing:
      break;
  }
  return Outcome::kWait;
}

Ref Cycle::RequestMessage(const Ref& piece, bool more) const {
  const Names& names = handler_.application().names;
  Ref message = Ref::Steal(PyDict_New());
  PyObject* const dict = message.get();
  const bool filled = dict != nullptr &&
                      PyDict_SetItem(dict, names[Names::kType], names[Names::kHttpRequest]) == 0 &&
                      PyDict_SetItem(dict, names[Names::kBody], piece.get()) == 0 &&
                      PyDict_SetItem(dict, names[Names::kMoreBody], more ? Py_True : Py_False) == 0;
  return filled ? std::move(message) : Ref();
}

Ref Cycle::DisconnectMessage() const {
  const Names& names = handler_.application().names;
  Ref message = Ref::Steal(PyDict_New());
  const bool filled = message && PyDict_SetItem(message.get(), names[Names::kType],
                                                names[Names::kHttpDisconnect]) == 0;
  return filled ? std::move(message) : Ref();
}

Outcome Cycle::Send(const void* sender, PyObject* message) {
  if (exchange_ == nullptr) {
    if (response_.complete()) {
      PyErr_SetString(PyExc_RuntimeError, "nothing can be sent: the response is complete");
    } else {
      PyErr_SetString(handler_.application().types.disconnected.get(), "the request is over");
    }
    return Outcome::kFailed;
  }
  if (exchange_->disconnected()) {
    response_.GiveUp(sender);
    PyErr_SetString(handler_.application().types.disconnected.get(), "the client has left");
    return Outcome::kFailed;
  }
  const Outcome outcome = response_.Send(sender, message);
  if (response_.tunnel() && !tunnel_) BeginTunnel();
  if (outcome != Outcome::kWait) Wake(senders_);
  if (response_.complete()) Finish();
  return outcome;
}

void Cycle::BeginTunnel() {
  tunnel_ = true;
  body_.BeginTunnel();
  request_given_ = false;
}

void Cycle::GiveUp(const void* sender) {
  if (exchange_ == nullptr) return;
  response_.GiveUp(sender);
  Wake(senders_);
}

Ref Cycle::AwaitNews(bool receiver) {
  Ref future = handler_.application().MakeFuture();
  const bool marked =
      future && PyObject_SetAttr(future.get(), handler_.application().names[Names::kFutureBlocking],
                                 Py_True) == 0;
  if (!marked) return {};
  (receiver ? receivers_ : senders_).push_back(future);
  return future;
}

void Cycle::News() {
  const bool more_body = !request_given_ && !broken_;
  if (more_body || client_left()) Wake(receivers_);
  Wake(senders_);
}

void Cycle::Wake(Waiters& waiters) {
  if (waiters.empty()) return;
  const Ref pending = python::TakeException();
  const Names& names = handler_.application().names;
  for (const Ref& future : std::exchange(waiters, {})) {
    const Ref done = Ref::Steal(PyObject_CallMethodNoArgs(future.get(), names[Names::kDone]));
    if (done.get() != Py_False) continue;
    Ref::Steal(PyObject_CallMethodOneArg(future.get(), names[Names::kSetResult], Py_None)).Reset();
  }
  PyErr_Clear();
  python::RaiseAgain(pending);
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
