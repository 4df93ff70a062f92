// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/websocket_cycle.h"

#include <utility>

#include "worker/websocket/close_code.h"

namespace monoceros::asgi {

using python::Ref;
using Event = websocket::MessageReader::Event;

WebSocketCycle::WebSocketCycle(Handler& handler, Opening opening)
    : Cycle(handler, std::move(opening)),
      handshake_(websocket::ReadHandshake(head_)),
      next_ping_([this] { SendPing(); }),
      unanswered_([this] { PingUnanswered(); }),
      closing_([this] { ClosingTooLong(); }) {}

Ref WebSocketCycle::MakeScope() {
  return handler_.application().scopes.MakeWebSocket(head_, handshake_.subprotocols);
}

Outcome WebSocketCycle::Receive(Ref& message) {
  if (!std::exchange(connect_given_, true)) {
    message = MakeMessage(Names::kWebSocketConnect);
    return message ? Outcome::kDone : Outcome::kFailed;
  }
  if (phase_ == Phase::kOpen) Pump();
  if (waiting_ != Event::kNeedMore) {
    message = ReceiveMessage();
  } else if (ended_by_ != EndedBy::kNobody) {
    message = DisconnectMessage();
  } else if (exchange_ == nullptr || (phase_ != Phase::kOpen && exchange_->half_closed())) {
    Lose();
    message = DisconnectMessage();
  } else {
    return Outcome::kWait;
  }
  return message ? Outcome::kDone : Outcome::kFailed;
}

Ref WebSocketCycle::ReceiveMessage() {
  const bool text = std::exchange(waiting_, Event::kNeedMore) == Event::kText;
  const std::string_view payload = reader_->payload();
  const auto size = static_cast<Py_ssize_t>(payload.size());
  const Ref value = Ref::Steal(text ? PyUnicode_DecodeUTF8(payload.data(), size, nullptr)
                                    : PyBytes_FromStringAndSize(payload.data(), size));
  Ref message = value ? MakeMessage(Names::kWebSocketReceive) : Ref();
  const Names::Name key = text ? Names::kText : Names::kBytes;
  const bool filled = message && PyDict_SetItem(message.get(), names()[key], value.get()) == 0;
  return filled ? std::move(message) : Ref();
}

Ref WebSocketCycle::DisconnectMessage() const {
  Ref message = MakeMessage(Names::kWebSocketDisconnect);
  const Ref code = Ref::Steal(PyLong_FromLong(code_));
  const Ref reason = Ref::Steal(
      PyUnicode_DecodeUTF8(reason_.data(), static_cast<Py_ssize_t>(reason_.size()), "replace"));
  const bool filled = message && code && reason &&
                      PyDict_SetItem(message.get(), names()[Names::kCode], code.get()) == 0 &&
                      PyDict_SetItem(message.get(), names()[Names::kReason], reason.get()) == 0;
  return filled ? std::move(message) : Ref();
}

// Until a message waits for the application, or nothing is here.
void WebSocketCycle::Pump() {
  while (phase_ == Phase::kOpen && waiting_ == Event::kNeedMore) {
    const Event event = reader_->Next();
    if (event != Event::kNeedMore) {
      TakeEvent(event);
    } else if (!FeedMore()) {
      break;
    }
  }
  if (phase_ == Phase::kOpen && backlog() > 0) Drain();
}

bool WebSocketCycle::FeedMore() {
  if (std::exchange(fed_, false)) exchange_->Consume();
  // Asked first: what was sent before the client left is read.
  const bool gone = exchange_->disconnected();
  const std::optional<channel::Frame> frame = exchange_->Read();
  if (frame && frame->type == channel::FrameType::kData) {
    fed_ = true;
    reader_->Feed({reinterpret_cast<const char*>(frame->payload.data()), frame->payload.size()});
    return true;
  }
  if (frame || gone) Lose();
  return false;
}

void WebSocketCycle::TakeEvent(Event event) {
  switch (event) {
    case Event::kText:
    case Event::kBinary:
      waiting_ = event;
      break;
    case Event::kPing:
      Answer(reader_->payload());
      break;
    case Event::kPong:
      unanswered_.Disarm();
      break;
    case Event::kClose:
      Close(EndedBy::kClient, reader_->code(), reader_->payload());
      break;
    case Event::kFailed:
      Close(EndedBy::kServer, reader_->code(), {});
      BeginGrace();
      break;
    case Event::kNeedMore:
      break;
  }
}

// A client that does not read its pongs gets no more of them (RFC 6455 section 5.5.3).
void WebSocketCycle::Answer(std::string_view ping) {
  constexpr size_t kMostWaiting = 4096;
  if (backlog() > kMostWaiting) return;
  handler_.websocket_writer().AppendControl(websocket::Opcode::kPong, ping, out_);
}

void WebSocketCycle::News() {
  if (phase_ == Phase::kOpen) Pump();
  if (exchange_ != nullptr && backlog() > 0) Drain();
  if (exchange_ != nullptr && exchange_->disconnected()) {
    // What has come before waits to be received.
    if (waiting_ == Event::kNeedMore) Lose();
    BeginGrace();
  }
  if (waiting_ != Event::kNeedMore || ended_by_ != EndedBy::kNobody) Wake(receivers_);
  Wake(senders_);
}

}  // namespace monoceros::asgi
