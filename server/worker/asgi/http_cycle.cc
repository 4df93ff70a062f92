// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/http_cycle.h"

#include "worker/http/upgrade.h"

namespace monoceros::asgi {

using python::Ref;

HttpCycle::HttpCycle(Handler& handler, Opening opening)
    : Cycle(handler, std::move(opening)),
      body_(handler.stamps()),
      response_(handler.application().names, handler.stamps(), *exchange_),
      may_switch_(!http::UpgradeOf(head_).empty()) {
  body_.Begin(head_);
  response_.Begin(head_.method == "HEAD", may_switch_);
}

Ref HttpCycle::MakeScope() {
  ScopeMaker& scopes = handler_.application().scopes;
  Ref scope = scopes.Make(head_);
  if (scope && may_switch_ && !scopes.OfferTunnel(scope.get())) return {};
  return scope;
}

// In a tunnel the end of the client's bytes is a message of its own, and no leaving.
bool HttpCycle::client_left() const {
  if (exchange_ == nullptr) return true;
  return tunnel_ ? exchange_->disconnected() : exchange_->half_closed();
}

// Whether receive has nothing to give but http.disconnect. A client that sends nothing more has not
// left as long as some of its request is on the way.
bool HttpCycle::input_over() const {
  if (exchange_ == nullptr || broken_) return true;
  return request_given_ ? client_left() : exchange_->disconnected();
}

Outcome HttpCycle::Receive(Ref& message) {
  if (!request_given_ && exchange_ != nullptr && !broken_) {
    const Outcome outcome = ReceiveBody(message);
    if (outcome != Outcome::kWait) return outcome;
  }
  if (!input_over()) return Outcome::kWait;
  message = MakeMessage(Names::kHttpDisconnect);
  return message ? Outcome::kDone : Outcome::kFailed;
}

Outcome HttpCycle::ReceiveBody(Ref& message) {
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

Ref HttpCycle::RequestMessage(const Ref& piece, bool more) const {
  Ref message = MakeMessage(Names::kHttpRequest);
  PyObject* const dict = message.get();
  const bool filled =
      dict != nullptr && PyDict_SetItem(dict, names()[Names::kBody], piece.get()) == 0 &&
      PyDict_SetItem(dict, names()[Names::kMoreBody], more ? Py_True : Py_False) == 0;
  return filled ? std::move(message) : Ref();
}

Outcome HttpCycle::Send(const void* sender, PyObject* message) {
  if (exchange_ == nullptr) {
    if (response_.complete()) {
      PyErr_SetString(PyExc_RuntimeError, "nothing can be sent: the response is complete");
    } else {
      Raise("the request is over");
    }
    return Outcome::kFailed;
  }
  if (exchange_->disconnected()) {
    response_.GiveUp(sender);
    Raise("the client has left");
    return Outcome::kFailed;
  }
  const Outcome outcome = response_.Send(sender, message);
  if (response_.tunnel() && !tunnel_) BeginTunnel();
  if (outcome != Outcome::kWait) Wake(senders_);
  if (response_.complete()) EndResponse();
  return outcome;
}

void HttpCycle::BeginTunnel() {
  tunnel_ = true;
  body_.BeginTunnel();
  request_given_ = false;
}

void HttpCycle::GiveUp(const void* sender) {
  if (exchange_ == nullptr) return;
  response_.GiveUp(sender);
  Wake(senders_);
}

void HttpCycle::News() {
  const bool more_body = !request_given_ && !broken_;
  if (more_body || input_over()) Wake(receivers_);
  Wake(senders_);
  if (exchange_ != nullptr && exchange_->disconnected()) BeginGrace();
}

}  // namespace monoceros::asgi
