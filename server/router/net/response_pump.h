// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "channel/heads.h"
#include "channel/router_end.h"
#include "router/dispatch/exchange.h"
#include "router/http/response_head.h"
#include "router/net/context.h"
#include "router/net/output_queue.h"

namespace monoceros::router {

// How far a response came.
enum class PumpStatus {
  kOpen,       // more will come from the worker, or the client has to take some first
  kComplete,   // the worker's kEnd is behind us and every byte is with the output queue
  kNoHead,     // the worker gave up before a head (or gave an invalid one): answer for it
  kTruncated,  // the worker gave up after the head, or gave less than it declared: close
  kBroken,     // the client's connection failed
};

// Turns one exchange's response frames into bytes for the client: head, framing (RFC 9112 section
// 6), bodies straight from shared memory in one writev, trailers. One thread.
class ResponsePump {
 public:
  ResponsePump(Context& context, OutputQueue& output) : context_(context), output_(output) {}

  // Before the first Pump of a response. `request` as the worker sees it.
  void Begin(const http::ResponseContext& request);

  // The connection is to end with this response; without effect once its head is written.
  void ForbidKeepAlive() { request_.keep_alive = false; }

  // Moves what the worker has written to the client. Tells the dispatcher as soon as the last
  // frame was seen.
  PumpStatus Pump(Exchange& exchange, int socket);

  // After Pump: a file stopped at its share of this turn, with the socket perhaps still writable.
  bool more() const { return more_; }
  // The worker has switched protocols: its frames go to the client as they are.
  bool tunnel() const { return plan_.framing == http::Framing::kTunnel; }
  bool head_written() const { return head_written_; }
  bool keep_alive() const { return plan_.keep_alive; }
  int status() const { return status_; }
  uint64_t body_bytes() const { return body_bytes_; }
  // The application's head, for the access log; empty before one came.
  const std::string& head_bytes() const { return head_bytes_; }

 private:
  enum class End { kNone, kEnd, kAbort };

  End Gather(Exchange& exchange, bool& violation);
  bool TakeFile(Exchange& exchange, const channel::Frame& frame);
  void TakeInterim(const channel::Frame& frame);
  bool WriteHead(Exchange& exchange, End end);
  bool IsStream() const;
  std::string_view TimingLine(Exchange& exchange, End end);
  bool HasRoom() const;
  void FrameBody(End end);
  void LimitToLength();
  SendStatus Send(int socket);
  SendStatus FlushParts(int socket);
  PumpStatus Conclude(End end, SendStatus sent);
  uint64_t GatheredBytes() const;

  Context& context_;
  OutputQueue& output_;
  http::ResponseContext request_;
  http::ResponsePlan plan_;
  std::string head_bytes_;
  std::string trailers_;  // wire form, ending with the empty line
  bool head_seen_ = false;
  bool head_written_ = false;
  bool more_ = false;
  int status_ = 0;
  uint64_t body_bytes_ = 0;  // of the body, without framing
};

}  // namespace monoceros::router
