// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "worker/asgi/cycle.h"
#include "worker/asgi/message.h"
#include "worker/asgi/response.h"
#include "worker/websocket/deflate.h"
#include "worker/websocket/handshake.h"
#include "worker/websocket/message_reader.h"

namespace monoceros::asgi {

// One WebSocket (ASGI, "WebSocket"; RFC 6455). Reads no further while a message waits for the
// application, so that the channel's credit holds back a client that sends faster.
class WebSocketCycle final : public Cycle {
 public:
  WebSocketCycle(Handler& handler, Opening opening);

  Outcome Receive(python::Ref& message) override;
  Outcome Send(const void* sender, PyObject* message) override;
  void GiveUp(const void* sender) override;
  void News() override;
  void WorkerLeaves() override;

 private:
  enum class Phase {
    kConnecting,
    kDenying,  // a response of the application's instead
    kOpen,
    kClosing,  // the close frame is written; what the client has not taken goes first
    kClosed,   // the exchange has ended
  };
  enum class EndedBy { kNobody, kApplication, kServer, kClient };

  python::Ref MakeScope() override;
  void Conclude(const python::Ref& error) override;

  // What the client sends (websocket_cycle.cc).
  void Pump();
  bool FeedMore();
  void TakeEvent(websocket::MessageReader::Event event);
  void Answer(std::string_view ping);
  python::Ref ReceiveMessage();
  python::Ref DisconnectMessage() const;

  // What the application sends (websocket_send.cc).
  Outcome Begin(const Message& message, Message::Type type);
  Outcome Continue();
  bool Accept(const Message& message);
  bool WriteAccept(const Message& message, std::optional<websocket::DeflateParameters>& deflate);
  bool SendData(const Message& message);
  bool SendClose(const Message& message);
  Outcome Deny(const void* sender, PyObject* message);
  bool RaiseClosed() const;
  void Drain();
  size_t backlog() const { return out_.size() - out_done_; }

  // How it ends (websocket_end.cc).
  void Close(EndedBy by, uint16_t code, std::string_view reason);
  void Lose();
  void Fail();
  void Settle(EndedBy by, uint16_t code, std::string_view reason);
  void SendPing();
  void PingUnanswered();
  void ClosingTooLong();

  websocket::Handshake handshake_;
  std::optional<websocket::MessageReader> reader_;
  std::optional<websocket::Deflater> deflater_;
  std::unique_ptr<Response> denial_;
  std::string out_;  // frames on their way into the channel
  size_t out_done_ = 0;
  const void* writer_ = nullptr;  // whose message fills the buffer
  Alarm next_ping_;
  Alarm unanswered_;
  Alarm closing_;
  std::string reason_;
  uint16_t code_ = 0;  // of the disconnect that the application is told
  Phase phase_ = Phase::kConnecting;
  EndedBy ended_by_ = EndedBy::kNobody;
  websocket::MessageReader::Event waiting_ = websocket::MessageReader::Event::kNeedMore;
  bool connect_given_ = false;
  bool fed_ = false;  // a frame of the channel is not consumed
};

}  // namespace monoceros::asgi
