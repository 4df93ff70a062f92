// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/response.h"

#include <algorithm>
#include <limits>
#include <span>

#include "worker/http/server_error.h"

namespace monoceros::asgi {
namespace {

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

Outcome Response::Send(const void* sender, PyObject* message) {
  if (writer_ == sender) return Continue();
  if (writer_ != nullptr) return Outcome::kWait;
  const Outcome outcome = Begin(message);
  if (outcome == Outcome::kWait) writer_ = sender;
  return outcome;
}

Outcome Response::Begin(PyObject* dict) {
  const Message message(names_, dict);
  const std::optional<Message::Type> type = message.type();
  if (!type) return Outcome::kFailed;
  bool taken = false;
  switch (*type) {
    case Message::Type::kStart:
      taken = Start(message);
      break;
    case Message::Type::kBody:
      return BeginBody(message) ? Continue() : Outcome::kFailed;
    case Message::Type::kTrailers:
      taken = AddTrailers(message);
      break;
    case Message::Type::kEarlyHint:
      taken = SendEarlyHint(message);
      break;
    case Message::Type::kPathSend:
      taken = SendPath(message);
      break;
    case Message::Type::kFileSend:
      taken = SendFile(message);
  }
  return taken ? Outcome::kDone : Outcome::kFailed;
}

bool Response::Expect(Phase phase, const char* what) {
  if (phase_ == phase) return true;
  constexpr const char* kStates[] = {"the response has not been started",
                                     "its body is not complete", "its trailers are not complete",
                                     "it is complete"};
  PyErr_Format(PyExc_RuntimeError, "%s cannot be sent now: %s", what,
               kStates[static_cast<int>(phase_)]);
  return false;
}

bool Response::Start(const Message& message) {
  if (!Expect(Phase::kHead, "http.response.start")) return false;
  const std::optional<int64_t> status = message.Number(Names::kStatus);
  if (status == 101 && may_switch_ && message.Flag(Names::kTunnel)) return Switch(message);
  if (!status || !encoder_.Encode(*status, message.Find(Names::kHeaders), head_)) return false;
  status_ = *status;
  content_length_ = encoder_.content_length();
  trailers_follow_ = message.Flag(Names::kTrailers);
  phase_ = Phase::kBody;
  return true;
}

// The head leaves at once: the client says nothing in the new protocol before it has it.
bool Response::Switch(const Message& message) {
  if (!encoder_.EncodeSwitch(message.Find(Names::kHeaders), head_)) return false;
  status_ = 101;
  tunnel_ = true;
  phase_ = Phase::kBody;
  SendHead();
  exchange_.Flush();
  return true;
}

bool Response::BeginBody(const Message& message) {
  if (!Expect(Phase::kBody, "http.response.body")) return false;
  body_ = message.Bytes(Names::kBody);
  if (!body_) return false;
  body_done_ = 0;
  body_size_ = std::min<uint64_t>(static_cast<uint64_t>(PyBytes_GET_SIZE(body_.get())), room());
  more_body_ = message.Flag(Names::kMoreBody);
  SendHead();
  return true;
}

Outcome Response::Continue() {
  while (body_done_ < body_size_) {
    const std::string_view rest(PyBytes_AS_STRING(body_.get()) + body_done_,
                                body_size_ - body_done_);
    const size_t sent = exchange_.Write(channel::FrameType::kData, AsBytes(rest));
    body_done_ += sent;
    written_ += sent;
    if (sent == rest.size()) break;
    exchange_.Flush();
    return Outcome::kWait;
  }
  writer_ = nullptr;
  body_.Reset();
  EndBody(more_body_);
  return Outcome::kDone;
}

void Response::EndBody(bool more) {
  if (!more) phase_ = trailers_follow_ ? Phase::kTrailers : Phase::kComplete;
  // What is complete is published together with its end.
  if (phase_ != Phase::kComplete) exchange_.Flush();
}

bool Response::AddTrailers(const Message& message) {
  if (!Expect(Phase::kTrailers, "http.response.trailers")) return false;
  std::string bytes;
  if (!encoder_.EncodeTrailers(message.Find(Names::kHeaders), bytes)) return false;
  Write(channel::FrameType::kTrailers, bytes);
  if (!message.Flag(Names::kMoreTrailers)) phase_ = Phase::kComplete;
  return true;
}

bool Response::SendEarlyHint(const Message& message) {
  if (!Expect(Phase::kHead, "http.response.early_hint")) return false;
  std::string bytes;
  if (!encoder_.EncodeEarlyHint(message.Find(Names::kLinks), bytes)) return false;
  Write(channel::FrameType::kInterim, bytes);
  exchange_.Flush();
  return true;
}

void Response::GiveUp(const void* sender) {
  if (writer_ != sender) return;
  writer_ = nullptr;
  body_.Reset();
  torn_ = true;
}

// A body of these statuses, or of HEAD, may be left out although its length is declared.
bool Response::broken() const {
  if (torn_) return true;
  if (head_request_ || status_ == 204 || status_ == 304 || exchange_.disconnected()) return false;
  return content_length_ && written_ < *content_length_;
}

void Response::Fail() {
  head_.clear();
  http::EncodeServerError(head_);
  SendHead();
  exchange_.Write(channel::FrameType::kData, AsBytes(http::kServerErrorBody));
  phase_ = Phase::kComplete;
}

void Response::SendHead() {
  if (head_sent_) return;
  head_sent_ = true;
  Write(channel::FrameType::kHead, head_);
}

void Response::Write(channel::FrameType type, std::string_view bytes) {
  exchange_.Write(type, AsBytes(bytes));
}

uint64_t Response::room() const {
  return content_length_ ? *content_length_ - written_ : std::numeric_limits<uint64_t>::max();
}

}  // namespace monoceros::asgi
