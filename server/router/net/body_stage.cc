// SPDX-License-Identifier: Apache-2.0
// The part of Connection that gives a request to a worker while its body still arrives. What the
// worker does not read stays in the socket, so that the client feels it; until a worker has taken
// the request its body is kept, at most body_memory of it, because another may have to begin anew.
#include <algorithm>

#include "router/dispatch/worker_link.h"
#include "router/net/connection.h"

namespace monoceros::router {

bool Connection::MayStream() const {
  return phase_ == Phase::kBody && !exchange_.body.spooled() &&
         context_.dispatcher.TakesOpenBodies();
}

void Connection::SubmitOpen() {
  timer_.Disarm();
  if (const auto retry_after = context_.dispatcher.Refusal()) return Refuse(*retry_after, true);
  SetPhase(Phase::kRunning);
  exchange_.body_open = exchange_.body_streamed = true;
  exchange_.half_closed = input_ended_;
  context_.timeouts.body.Arm(body_timer_, context_.now);
  context_.dispatcher.Submit(exchange_);
}

// How many bytes may be read of the client now. REQUIRES an open body.
size_t Connection::BodyRoom() const {
  if (phase_ == Phase::kFlushing) return Exchange::kMostDropped;  // send_timeout bounds it
  if (phase_ == Phase::kDropping) {
    return Exchange::kMostDropped - std::min(Exchange::kMostDropped, dropped_);
  }
  if (phase_ != Phase::kRunning) return 0;
  const uint64_t kept = exchange_.body.size();
  const bool assigned = exchange_.state == Exchange::State::kAssigned;
  if (assigned && exchange_.worker->channel().IsTaken(exchange_.slot)) {
    return exchange_.body_written < kept ? 0 : exchange_.worker->FeedCredit(exchange_);
  }
  const uint64_t share = context_.budgets.MemoryShare(context_.settings.body_memory);
  return share - std::min(share, kept);
}

void Connection::TakeOpen(std::string_view bytes) {
  if (phase_ == Phase::kRunning) return exchange_.body.Keep(bytes);
  dropped_ += bytes.size();
}

// The parser has seen all that was read.
void Connection::FeedOpen() {
  if (phase_ == Phase::kDropping) {
    if (BodyRoom() == 0) return StartLingering();
    return context_.timeouts.body.Arm(timer_, context_.now);
  }
  if (phase_ != Phase::kRunning) return;
  context_.timeouts.body.Arm(body_timer_, context_.now);
  if (exchange_.state == Exchange::State::kAssigned) exchange_.worker->FeedBody(exchange_);
}

void Connection::CompleteOpen() {
  EndOpen();
  if (phase_ == Phase::kDropping) return NextRequest();
  if (phase_ != Phase::kRunning) return;
  // Nobody has seen the head who could not see it again.
  if (!exchange_.body_dropped) FixContentLength();
  if (exchange_.state == Exchange::State::kAssigned) exchange_.worker->FeedBody(exchange_);
}

void Connection::EndOpen() {
  exchange_.body_open = false;
  body_timer_.Disarm();
}

// The request is not valid, or stopped arriving. The application, if it has it, sees a client that
// left.
void Connection::FailBody(int status, std::string_view reason) {
  if (phase_ == Phase::kFlushing || phase_ == Phase::kDropping) {
    EndOpen();
    close_after_ = true;
    if (phase_ == Phase::kDropping) StartLingering();
    return;
  }
  context_.dispatcher.Withdraw(exchange_);
  if (pump_.head_written()) return BreakOff();
  SendError(status, reason, {}, true);
}

// body_timeout is for the client: it does not run while the worker lets it wait.
void Connection::WatchBody() {
  if (!exchange_.body_open || phase_ != Phase::kRunning) return;
  if (BodyRoom() == 0) return body_timer_.Disarm();
  if (!body_timer_.armed()) context_.timeouts.body.Arm(body_timer_, context_.now);
}

void Connection::OnBodyTimeout() {
  CountTimeout(scoreboard::ClientTimeout::kBody);
  FailBody(408, "The request body stopped arriving (body_timeout).");
}

// The next request is behind the rest of this one (RFC 9112 section 9.3).
void Connection::StartDropping() {
  SetPhase(Phase::kDropping);
  if (context_.draining || BodyRoom() == 0) return StartLingering();
  context_.timeouts.body.Arm(timer_, context_.now);
  ReadInput();
}

void Connection::OnBodyWanted(Exchange&) {
  body_timer_.Disarm();
  SetPhase(Phase::kBody);
  context_.timeouts.body.Arm(timer_, context_.now);
  LookAgain();  // not here: whoever calls is in the middle of something
}

}  // namespace monoceros::router
