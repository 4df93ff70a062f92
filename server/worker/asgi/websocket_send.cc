// SPDX-License-Identifier: Apache-2.0
// What the application sends over a WebSocket.
#include <array>
#include <span>
#include <vector>

#include "worker/asgi/websocket_cycle.h"
#include "worker/asgi/websocket_refusal.h"
#include "worker/websocket/close_code.h"

namespace monoceros::asgi {
namespace {

// What a socket holds of messages that the channel has no credit for, before `send` waits.
constexpr size_t kBufferedBytes = 16 * 1024;

}  // namespace

Outcome WebSocketCycle::Send(const void* sender, PyObject* dict) {
  if (exchange_ == nullptr || exchange_->disconnected()) {
    GiveUp(sender);
    return RaiseClosed() ? Outcome::kDone : Outcome::kFailed;
  }
  if (phase_ == Phase::kDenying) return Deny(sender, dict);
  if (writer_ == sender) return Continue();
  const Message message(names(), dict);
  const std::optional<Message::Type> type = message.type(Message::Scope::kWebSocket);
  if (!type) return Outcome::kFailed;
  if (*type == Message::Type::kStart && phase_ == Phase::kConnecting) return Deny(sender, dict);
  if (writer_ != nullptr) return Outcome::kWait;
  const Outcome outcome = Begin(message, *type);
  if (outcome != Outcome::kDone || backlog() <= kBufferedBytes) return outcome;
  // It is on its way as a whole; `send` returns when the buffer has room again.
  writer_ = sender;
  return Outcome::kWait;
}

Outcome WebSocketCycle::Continue() {
  if (backlog() > kBufferedBytes) return Outcome::kWait;
  writer_ = nullptr;
  Wake(senders_);
  return Outcome::kDone;
}

void WebSocketCycle::GiveUp(const void* sender) {
  if (denial_ && exchange_ != nullptr) denial_->GiveUp(sender);
  if (writer_ == sender) writer_ = nullptr;
  Wake(senders_);
}

// With an exception pending.
bool WebSocketCycle::RaiseClosed() const {
  if (ended_by_ != EndedBy::kApplication) return Raise("the client has left");
  PyErr_SetString(PyExc_RuntimeError, "nothing can be sent: the WebSocket is closed");
  return false;
}

Outcome WebSocketCycle::Begin(const Message& message, Message::Type type) {
  const bool connecting = phase_ == Phase::kConnecting;
  switch (type) {
    case Message::Type::kAccept:
      if (connecting) return Accept(message) ? Outcome::kDone : Outcome::kFailed;
      break;
    case Message::Type::kSend:
      if (phase_ == Phase::kOpen) return SendData(message) ? Outcome::kDone : Outcome::kFailed;
      break;
    case Message::Type::kClose:
      if (connecting || phase_ == Phase::kOpen) {
        return SendClose(message) ? Outcome::kDone : Outcome::kFailed;
      }
      break;
    default:
      break;
  }
  if (phase_ == Phase::kClosing) {
    RaiseClosed();
  } else {
    PyErr_Format(PyExc_RuntimeError, "%R cannot be sent now: the WebSocket is %s",
                 message.Find(Names::kType), connecting ? "not accepted" : "accepted");
  }
  return Outcome::kFailed;
}

bool WebSocketCycle::Accept(const Message& message) {
  std::optional<websocket::DeflateParameters> deflate;
  if (!WriteAccept(message, deflate)) return false;
  exchange_->Flush();
  reader_.emplace(handler_.settings().websocket_max_message_size, deflate);
  if (deflate) deflater_.emplace(*deflate);
  phase_ = Phase::kOpen;
  handler_.timers().ping_interval.Arm(next_ping_, base::MonotonicNow());
  if (handler_.leaving()) WorkerLeaves();
  return true;
}

// RFC 6455 section 4.2.2.
bool WebSocketCycle::WriteAccept(const Message& message,
                                 std::optional<websocket::DeflateParameters>& deflate) {
  const std::optional<std::string_view> subprotocol = message.Text(Names::kSubprotocol);
  if (!subprotocol) return false;
  if (http::HasControls(*subprotocol)) {
    PyErr_SetString(PyExc_ValueError, "the subprotocol has characters that cannot be sent");
    return false;
  }
  const std::string accept = websocket::AcceptValue(handshake_.key);
  std::string extensions;
  if (handler_.settings().websocket_per_message_deflate) {
    deflate = websocket::AcceptDeflate(handshake_.extensions, extensions);
  }
  std::vector<channel::Field> own = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept}};
  if (!subprotocol->empty()) own.push_back({"Sec-WebSocket-Protocol", *subprotocol});
  if (deflate) own.push_back({"Sec-WebSocket-Extensions", extensions});
  HeadEncoder encoder;
  std::string bytes;
  if (!encoder.EncodeAccept(own, message.Find(Names::kHeaders), bytes)) return false;
  exchange_->Write(channel::FrameType::kHead, std::as_bytes(std::span(bytes)));
  return true;
}

bool WebSocketCycle::SendData(const Message& message) {
  websocket::Deflater* const deflater = deflater_ ? &*deflater_ : nullptr;
  websocket::MessageWriter& writer = handler_.websocket_writer();
  if (message.Find(Names::kBytes) != Py_None) {
    const python::Ref bytes = message.Bytes(Names::kBytes);
    if (!bytes) return false;
    const std::string_view payload(PyBytes_AS_STRING(bytes.get()),
                                   static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
    writer.AppendData(websocket::Opcode::kBinary, payload, deflater, out_);
  } else {
    if (message.Find(Names::kText) == Py_None) {
      PyErr_SetString(PyExc_ValueError, "websocket.send must have bytes or text");
      return false;
    }
    const std::optional<std::string_view> text = message.Text(Names::kText);
    if (!text) return false;
    writer.AppendData(websocket::Opcode::kText, *text, deflater, out_);
  }
  Drain();
  return true;
}

bool WebSocketCycle::SendClose(const Message& message) {
  const std::optional<int64_t> code =
      message.Number(Names::kCode, int64_t{websocket::kNormalClosure});
  const std::optional<std::string_view> reason = code ? message.Text(Names::kReason) : std::nullopt;
  if (!reason) return false;
  if (phase_ == Phase::kConnecting) {
    WriteForbidden(*exchange_);
    Settle(EndedBy::kApplication, websocket::kAbnormalClosure, {});
    Finish();
    return true;
  }
  const bool known =
      *code > 0 && *code <= 4999 &&
      (*code == websocket::kNoStatus || websocket::IsSendable(static_cast<uint16_t>(*code)));
  if (!known) {
    PyErr_Format(PyExc_ValueError, "a WebSocket cannot be closed with code %lld",
                 static_cast<long long>(*code));
    return false;
  }
  Close(EndedBy::kApplication, static_cast<uint16_t>(*code), *reason);
  return true;
}

Outcome WebSocketCycle::Deny(const void* sender, PyObject* message) {
  if (!denial_) {
    denial_ = std::make_unique<Response>(names(), handler_.stamps(), *exchange_,
                                         Message::Scope::kWebSocket);
  }
  const Outcome outcome = denial_->Send(sender, message);
  if (outcome != Outcome::kFailed) phase_ = Phase::kDenying;
  if (outcome != Outcome::kWait) Wake(senders_);
  if (!denial_->complete()) return outcome;
  const bool broken = denial_->broken();
  Settle(EndedBy::kApplication, websocket::kAbnormalClosure, {});
  broken ? Abort() : Finish();
  return outcome;
}

// As far as the channel's credit reaches.
void WebSocketCycle::Drain() {
  const std::span<const char> rest = std::span(out_).subspan(out_done_);
  out_done_ += exchange_->Write(channel::FrameType::kData, std::as_bytes(rest));
  exchange_->Flush();
  if (backlog() > 0) return;
  out_done_ = 0;
  out_.clear();
  if (out_.capacity() > kBufferedBytes) out_.shrink_to_fit();
  if (phase_ != Phase::kClosing) return;
  phase_ = Phase::kClosed;
  Finish();
}

}  // namespace monoceros::asgi
