// SPDX-License-Identifier: Apache-2.0
// The part of Connection that brings a response, or an answer of the server's own, to the client.
#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>

#include "router/dispatch/dispatcher.h"
#include "router/net/connection.h"
#include "router/net/counter.h"

namespace monoceros::router {
namespace {

std::string RetryAfterLine(int seconds) { return fmt::format("Retry-After: {}\r\n", seconds); }

}  // namespace

void Connection::OnResponse(Exchange&) { Pump(); }

void Connection::Pump() {
  if (exchange_.state != Exchange::State::kAssigned) return;
  const PumpStatus status = pump_.Pump(exchange_, socket_.get());
  if (!output_.empty() && !timer_.armed()) ArmSendTimer();
  // A file may have stopped at its share of this turn with the socket still writable.
  if (!output_.empty()) LookAgain();
  if (exchange_.ended_at != 0) context_.dispatcher.Close(exchange_);
  if (status != PumpStatus::kOpen) FinishResponse(status);
}

void Connection::FinishResponse(PumpStatus status) {
  if (status == PumpStatus::kBroken) return Close();
  // The client must not take it for complete: no final chunk, fewer bytes than declared.
  if (status == PumpStatus::kTruncated) return Close();
  if (status == PumpStatus::kNoHead) {
    context_.dispatcher.Withdraw(exchange_);
    const bool ended = exchange_.ended_at != 0;
    return SendError(ended && pump_.head_bytes().empty() ? 502 : 500,
                     "The application did not give a valid response.", {}, close_after_);
  }
  close_after_ = close_after_ || !pump_.keep_alive();
  EndExchange(pump_.status(), pump_.body_bytes());
  phase_ = Phase::kFlushing;
  if (output_.empty()) OnFlushed();
}

void Connection::OnExchangeFailed(Exchange&, ExchangeFailure failure) {
  if (pump_.head_written()) return Close();
  if (failure == ExchangeFailure::kWorkerDied) {
    return SendError(502, "The worker that ran this request died.", {}, close_after_);
  }
  Count(context_.row.shed);
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
  if (head_at_ == 0) head_at_ = context_.now;
  close_after_ = close_after_ || close;
  std::string answer;
  http::WriteErrorResponse(status, detail, extra_fields, head_request_, !close_after_,
                           context_.DateLine(), answer);
  iovec part{answer.data(), answer.size()};
  const SendStatus sent = output_.Write(socket_.get(), {&part, 1});
  EndExchange(status, answer.size());
  if (sent == SendStatus::kBroken) return Close();
  phase_ = Phase::kFlushing;
  ArmSendTimer();
  if (sent == SendStatus::kSent) OnFlushed();
}

void Connection::EndExchange(int status, uint64_t body_bytes) {
  in_request_ = false;
  Account(status);
  WriteAccessLog(status, body_bytes);
}

void Connection::Account(int status) {
  scoreboard::RouterRow& row = context_.row;
  const size_t status_class = status == 499 ? 0 : std::min<size_t>(status / 100, 5);
  Count(row.requests);
  Count(row.responses_by_class[status_class]);
  Count(row.response_bytes, pump_.body_bytes());
  if (exchange_.taken_at == 0) return;
  Count(row.queue_nanoseconds, static_cast<uint64_t>(exchange_.taken_at - exchange_.submitted_at));
  if (exchange_.ended_at == 0) return;
  Count(row.application_nanoseconds,
        static_cast<uint64_t>(exchange_.ended_at - exchange_.taken_at));
}

void Connection::WriteAccessLog(int status, uint64_t body_bytes) {
  if (context_.access_log == nullptr) return;
  channel::RequestHead request;
  channel::Decode(std::as_bytes(std::span(exchange_.head)), request);
  channel::ResponseHead response;
  channel::Decode(std::as_bytes(std::span(pump_.head_bytes())), response);
  AccessRecord record;
  record.remote_address = endpoints_.remote_address;
  record.method = request.method;
  record.target = request.target;
  record.path = request.path;
  record.query = request.query;
  record.version_minor = version_minor_;
  record.status = status;
  record.response_bytes = body_bytes;
  record.request_fields = &request.fields;
  record.response_fields = &response.fields;
  const base::Nanoseconds now = base::MonotonicNow();
  record.duration = now - head_at_;
  if (exchange_.taken_at != 0) record.queue_time = exchange_.taken_at - exchange_.submitted_at;
  if (exchange_.ended_at != 0) record.application_time = exchange_.ended_at - exchange_.taken_at;
  record.worker_pid = exchange_.worker_pid;
  context_.access_log->Write(record);
}

}  // namespace monoceros::router
