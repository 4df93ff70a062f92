// SPDX-License-Identifier: Apache-2.0
// The part of Connection that brings a response, or an answer of the server's own, to the client.
#include <fmt/core.h>
#include <sys/socket.h>

#include <utility>

#include "router/dispatch/dispatcher.h"
#include "router/dispatch/worker_link.h"
#include "router/health/probe_answer.h"
#include "router/log/atoms.h"
#include "router/net/connection.h"
#include "router/net/counter.h"

namespace monoceros::router {
namespace {

std::string RetryAfterLine(int seconds) { return fmt::format("Retry-After: {}\r\n", seconds); }

}  // namespace

void Connection::OnResponse(Exchange&) { Pump(); }

void Connection::Pump() {
  if (exchange_.state != Exchange::State::kAssigned) return;
  if (EndsAfterThis()) pump_.ForbidKeepAlive();
  PumpStatus status = pump_.Pump(exchange_, socket_.get());
  if (status == PumpStatus::kOpen && StreamMayEnd()) {
    context_.dispatcher.Withdraw(exchange_);  // the application is told that its client has left
    status = pump_.EndStream(socket_.get());
  }
  if (!output_.empty() && !timer_.armed()) ArmSendTimer();
  // A file has stopped at its share of this turn with the socket still writable.
  if (pump_.more()) LookAgain();
  if (exchange_.ended_at != 0) context_.dispatcher.Close(exchange_);
  if (status != PumpStatus::kOpen) return FinishResponse(status);
  if (phase_ == Phase::kTunnel) return FeedTunnel();  // there may be credit again
  pump_.tunnel() ? BeginTunnel() : ShowState();
  if (exchange_.body_open) ReadInput();  // the worker may have taken some of the body
}

// Whoever leaves would cut it off in the end; its client connects again at once, to who stays.
// What waits for a slow client to make room goes first.
bool Connection::StreamMayEnd() const {
  const bool leaves = context_.draining || exchange_.worker->draining();
  return leaves && output_.HasRoom() && pump_.BetweenEvents();
}

void Connection::FinishResponse(PumpStatus status) {
  if (status == PumpStatus::kBroken) return Close();
  if (status == PumpStatus::kTruncated) return BreakOff();
  if (status == PumpStatus::kNoHead) {
    context_.dispatcher.Withdraw(exchange_);
    const bool ended = exchange_.ended_at != 0;
    return SendError(ended && pump_.head_bytes().empty() ? 502 : 500,
                     "The application did not give a valid response.", {}, close_after_);
  }
  close_after_ = close_after_ || !pump_.keep_alive() || exchange_.RestIsLong();
  body_timer_.Disarm();
  exchange_.body.Clear();
  answer_status_ = pump_.status();
  SetPhase(Phase::kFlushing);
  if (output_.empty()) return OnFlushed();
  // A client that sends its request to the end before it reads would never take the response.
  if (exchange_.body_open) ReadInput();
}

// The client must not take what it has for complete. The final chunk is missing, or bytes that were
// declared; where only the connection's end tells, it ends by a reset.
void Connection::BreakOff() {
  if (pump_.tunnel() || pump_.ends_by_close()) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  Close();
}

void Connection::OnExchangeFailed(Exchange&, ExchangeFailure failure) {
  if (failure == ExchangeFailure::kWorkerDied) Count(context_.row.disrupted);
  if (failure == ExchangeFailure::kRequestTimeout) {
    context_.row.request_timeouts.fetch_add(1, std::memory_order_relaxed);
  }
  if (pump_.head_written()) return BreakOff();
  if (failure == ExchangeFailure::kRequestTimeout) {
    return SendError(504, "The request ran longer than the server allows (request_timeout).", {},
                     close_after_);
  }
  if (failure == ExchangeFailure::kWorkerDied) {
    return SendError(502, "The worker that ran this request died.", {}, close_after_);
  }
  Count(context_.row.shed);
  CountTimeout(scoreboard::ClientTimeout::kQueue);
  SendError(503, "The request waited too long for a worker (queue_timeout).",
            RetryAfterLine(context_.dispatcher.RetryAfter()), close_after_);
}

void Connection::SendContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
  if (output_.Write(socket_.get(), {&part, 1}) == SendStatus::kBroken) Close();
}

void Connection::Refuse(int retry_after, bool close) {
  Count(context_.row.shed);
  SendError(503, "The server is overloaded.", RetryAfterLine(retry_after), close);
}

void Connection::SendError(int status, std::string_view detail, std::string_view extra_fields,
                           bool close) {
  close_after_ = close_after_ || close || exchange_.body_open || EndsAfterThis();
  EndOpen();
  std::string answer;
  http::WriteErrorResponse(status, detail, extra_fields, head_request_, !close_after_,
                           context_.DateLine(), answer);
  SendAnswer(status, std::move(answer));
}

void Connection::AnswerProbe() {
  channel::RequestHead request;
  channel::Decode(std::as_bytes(std::span(exchange_.head)), request);
  const ProbeAnswer probe = router::AnswerProbe({.method = request.method,
                                                 .path = kReadyPath,
                                                 .query = request.query,
                                                 .accept = FieldOrDash(&request.fields, "accept")},
                                                GatherHealth(context_));
  SendAnswer(probe.status, ProbeResponse(probe, head_request_, !close_after_, context_.DateLine()));
}

// The request is over when the client has the answer, see OnFlushed.
void Connection::SendAnswer(int status, std::string answer) {
  if (head_at_ == 0) head_at_ = context_.now;
  in_request_ = true;
  answer_status_ = status;
  answer_bytes_ = answer.size();
  iovec part{answer.data(), answer.size()};
  const SendStatus sent = output_.Write(socket_.get(), {&part, 1});
  if (sent == SendStatus::kBroken) return Close();
  SetPhase(Phase::kFlushing);
  ArmSendTimer();
  if (sent == SendStatus::kSent) OnFlushed();
}

}  // namespace monoceros::router
