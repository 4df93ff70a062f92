// SPDX-License-Identifier: Apache-2.0
// How a WebSocket ends: by either side's close frame, by a limit, or without a word.
#include "worker/asgi/websocket_cycle.h"
#include "worker/asgi/websocket_refusal.h"
#include "worker/websocket/close_code.h"

namespace monoceros::asgi {

// What the application is told from now on.
void WebSocketCycle::Settle(EndedBy by, uint16_t code, std::string_view reason) {
  next_ping_.Disarm();
  unanswered_.Disarm();
  if (ended_by_ != EndedBy::kNobody) return;
  ended_by_ = by;
  code_ = code;
  reason_ = reason;
}

// The router waits for the client's own close frame, and for its end of the connection (RFC 6455
// section 7.1.1).
void WebSocketCycle::Close(EndedBy by, uint16_t code, std::string_view reason) {
  handler_.websocket_writer().AppendClose(code, by == EndedBy::kClient ? "" : reason, out_);
  Settle(by, code, reason);
  phase_ = Phase::kClosing;
  if (by == EndedBy::kClient) BeginGrace();
  Drain();
  if (exchange_ != nullptr) handler_.timers().closing.Arm(closing_, base::MonotonicNow());
  Wake(receivers_);
  Wake(senders_);
}

// The client has gone without a close frame (RFC 6455 section 7.1.5).
void WebSocketCycle::Lose() {
  Settle(EndedBy::kClient, websocket::kAbnormalClosure, {});
  phase_ = Phase::kClosed;
  BeginGrace();
  Abort();
}

void WebSocketCycle::WorkerLeaves() {
  if (phase_ == Phase::kOpen) Close(EndedBy::kServer, websocket::kServiceRestart, "restart");
}

void WebSocketCycle::Conclude(const python::Ref& error) {
  if (error) {
    Log(error, "WebSocket");
  } else if (phase_ <= Phase::kDenying && exchange_ != nullptr && !exchange_->disconnected()) {
    handler_.logger().Error("The application returned without answering the WebSocket {}",
                            head_.target);
  }
  if (exchange_ == nullptr) return;
  if (phase_ <= Phase::kDenying) return Fail();
  if (phase_ != Phase::kOpen) return;
  if (exchange_->disconnected()) return Lose();
  Close(EndedBy::kServer, error ? websocket::kInternalError : websocket::kNormalClosure, {});
}

// Neither accepted nor denied by the application.
void WebSocketCycle::Fail() {
  Settle(EndedBy::kServer, websocket::kAbnormalClosure, {});
  phase_ = Phase::kClosed;
  if (exchange_->disconnected() || (denial_ && denial_->head_sent())) return Abort();
  WriteServerError(*exchange_);
  Finish();
}

void WebSocketCycle::SendPing() {
  const python::Ref keep = handler_.ObjectOf(*this);
  const base::Nanoseconds now = base::MonotonicNow();
  handler_.timers().ping_interval.Arm(next_ping_, now);
  // Its pong could not be seen, or the ping could not go out, for reasons that are not its silence.
  if (unanswered_.armed() || waiting_ != websocket::MessageReader::Event::kNeedMore) return;
  if (backlog() > 0) return;
  handler_.websocket_writer().AppendControl(websocket::Opcode::kPing, {}, out_);
  handler_.timers().ping_timeout.Arm(unanswered_, now);
  Drain();
}

void WebSocketCycle::PingUnanswered() {
  const python::Ref keep = handler_.ObjectOf(*this);
  // The pong may be behind a message that the application has not received.
  if (waiting_ != websocket::MessageReader::Event::kNeedMore) return;
  Settle(EndedBy::kClient, websocket::kAbnormalClosure, {});
  Close(EndedBy::kServer, websocket::kInternalError, "keepalive ping timeout");
  BeginGrace();
}

void WebSocketCycle::ClosingTooLong() {
  const python::Ref keep = handler_.ObjectOf(*this);
  phase_ = Phase::kClosed;
  Abort();
}

}  // namespace monoceros::asgi
