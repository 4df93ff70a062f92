// SPDX-License-Identifier: Apache-2.0
#include "router/net/connection.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

#include "base/syscall.h"
#include "router/dispatch/dispatcher.h"
#include "router/dispatch/worker_link.h"
#include "router/net/connection_age.h"
#include "router/net/counter.h"

namespace monoceros::router {
namespace {

// So long a client that was answered before it had sent all may go on sending.
constexpr base::Nanoseconds kLongestLingering = 30 * base::kNanosecondsPerSecond;
constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

}  // namespace

Connection::Connection(Context& context, base::Fd socket, Endpoints endpoints)
    : context_(context),
      socket_(std::move(socket)),
      endpoints_(std::move(endpoints)),
      parser_(context.settings.limits),
      exchange_(*this, context.budgets),
      output_(context.budgets, context.settings.spool_directory),
      pump_(context, output_),
      timer_(*this),
      body_timer_(*this),
      opened_at_(context.now),
      number_(context.next_connection++) {}

Connection::~Connection() = default;

void Connection::Start() {
  context_.loop.Add(socket_.get(), kEvents, this);
  context_.states.Enter(shown_state_);
  context_.timeouts.header.Arm(timer_, context_.now);
  // With TCP_DEFER_ACCEPT or luck the request is here already; reading costs less than waiting.
  readable_ = true;
  ReadInput();
}

void Connection::OnEvents(uint32_t events) {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kLingering && (events & EPOLLERR) == 0) return DropInput();
  // The end of a tunnel's input is behind its last bytes, also where both halves are closed.
  const uint32_t gone = phase_ == Phase::kTunnel ? EPOLLERR : EPOLLERR | EPOLLHUP;
  if ((events & gone) != 0) return Close();
  if ((events & EPOLLOUT) != 0 && !output_.empty()) Drain();
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0 && phase_ != Phase::kClosed) {
    readable_ = true;
    // No further edge will come after this one, so a short read does not mean "wait".
    input_ended_ = input_ended_ || (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
    if (phase_ == Phase::kTunnel) return FeedTunnel();
    phase_ == Phase::kLingering ? DropInput() : ReadInput();
    TellHalfClosed();
  }
}

// The application may want to stop; a client that only half-closed still gets its response.
void Connection::TellHalfClosed() {
  if (!input_ended_ || exchange_.half_closed || exchange_.state == Exchange::State::kIdle) return;
  exchange_.half_closed = true;
  if (exchange_.state == Exchange::State::kAssigned) exchange_.worker->TellHalfClosed(exchange_);
}

// A client that reads slowly empties the kernel's buffer long before there is room for more of
// ours, so what counts against send_timeout is what the kernel could not bring to the client.
void Connection::ArmSendTimer() {
  backlog_ = KernelBacklog();
  context_.timeouts.send.Arm(timer_, context_.now);
}

uint64_t Connection::KernelBacklog() const {
  int bytes = 0;
  return ::ioctl(socket_.get(), SIOCOUTQ, &bytes) == 0 ? static_cast<uint64_t>(bytes) : 0;
}

void Connection::Drain() {
  const uint64_t before = output_.sent_bytes();
  const SendStatus status = output_.Drain(socket_.get());
  if (status == SendStatus::kBroken) return Close();
  if (status == SendStatus::kMore) LookAgain();
  const bool pumping = phase_ == Phase::kRunning || phase_ == Phase::kTunnel;
  const bool answering = pumping || phase_ == Phase::kFlushing;
  if (answering && output_.sent_bytes() != before) ArmSendTimer();
  if (pumping) {
    if (status == SendStatus::kSent) timer_.Disarm();
    return Pump();  // the worker may have waited for room
  }
  if (status == SendStatus::kSent) OnFlushed();
}

// Registering again makes new edges, in the next turn, of what is ready already.
void Connection::LookAgain() { context_.loop.Modify(socket_.get(), kEvents, this); }

void Connection::OnFlushed() {
  // A 100 Continue that had to wait is not the end of a response, and its read timer goes on.
  if (phase_ != Phase::kFlushing) return;
  timer_.Disarm();
  EndExchange(answer_status_);
  if (close_after_) return StartLingering();
  exchange_.body_open ? StartDropping() : NextRequest();
}

void Connection::NextRequest() {
  SetPhase(Phase::kIdle);
  exchange_.Reset();
  parser_.Reset();
  pump_.Begin({});
  head_at_ = 0;
  answer_status_ = 0;
  answer_bytes_ = dropped_ = 0;
  trace_.reset();
  head_request_ = probe_ = retiring_ = accounted_ = false;
  if (context_.draining && input_.empty()) return StartLingering();
  context_.timeouts.keepalive.Arm(timer_, context_.now);
  pipelined_ = !input_.empty();
  ReadInput();
}

void Connection::StartLingering() {
  // Closing with unread input would reset the connection and may destroy the answer on its way.
  SetPhase(Phase::kLingering);
  exchange_.Reset();
  DropKeptInput();
  ::shutdown(socket_.get(), SHUT_WR);
  lingers_since_ = context_.now;
  context_.timeouts.linger.Arm(timer_, context_.now);
  DropInput();
}

void Connection::DropInput() {
  bool more = false;
  ssize_t count;
  do {
    count = ::recv(socket_.get(), context_.scratch.data(), context_.scratch.size(), 0);
    more = more || count > 0;
  } while (count > 0 || (count < 0 && errno == EINTR));
  if (count == 0 || errno != EAGAIN) return Close();
  // A client that still sends has not read the answer yet, and would lose it by a reset.
  const bool patient = !context_.draining && context_.now - lingers_since_ < kLongestLingering;
  if (more && patient) context_.timeouts.linger.Arm(timer_, context_.now);
}

void Connection::OnTimeout() {
  switch (phase_) {
    case Phase::kHead:
      CountTimeout(scoreboard::ClientTimeout::kHeader);
      return SendError(408, "The request head did not arrive in time (header_timeout).", {}, true);
    case Phase::kBody:
      if (!starved_) CountTimeout(scoreboard::ClientTimeout::kBody);
      return SendError(starved_ ? 503 : 408,
                       starved_ ? "The server is short of buffer space."
                                : "The request body stopped arriving (body_timeout).",
                       {}, true);
    case Phase::kRunning:
    case Phase::kTunnel:
    case Phase::kFlushing:
      if (KernelBacklog() < backlog_) return ArmSendTimer();
      CountTimeout(scoreboard::ClientTimeout::kSend);
      return Close();
    case Phase::kIdle:
      // Its first request has header_timeout too.
      if (exchange_.id == 0 && !context_.draining && !retiring_) {
        CountTimeout(scoreboard::ClientTimeout::kHeader);
      }
      return Close();
    case Phase::kDropping:
    case Phase::kLingering:
    case Phase::kClosed:
      return Close();
  }
}

void Connection::OnDrain() {
  if (phase_ == Phase::kRunning) return Pump();
  if (phase_ == Phase::kDropping) return StartLingering();
  if (phase_ != Phase::kIdle) return;
  // Between requests a client may be sending its next one just now: it gets a second.
  context_.timeouts.linger.Arm(timer_, context_.now);
}

bool Connection::TooOld() const {
  const base::Nanoseconds most = context_.settings.keepalive_max_age;
  return most > 0 && context_.now - opened_at_ >= SpreadAge(most, number_);
}

// The client is to come back by another connection.
bool Connection::EndsAfterThis() const { return context_.Leaving() || TooOld(); }

void Connection::RetireIfOld() {
  if (phase_ != Phase::kIdle || retiring_ || !TooOld()) return;
  retiring_ = true;
  OnDrain();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  const bool left_early = context_.dispatcher.Withdraw(exchange_);
  if (left_early) Count(context_.row.abandoned);
  if (in_request_ && answer_status_ == 0) {
    answer_status_ = pump_.head_written() ? pump_.status() : 499;
  }
  if (in_request_) EndExchange(answer_status_);
  SetPhase(Phase::kClosed);
  context_.states.Leave(shown_state_);
  timer_.Disarm();
  body_timer_.Disarm();
  DropKeptInput();
  exchange_.Reset();
  context_.loop.Remove(socket_.get());
  socket_.Close();
  context_.closed.push_back(this);
}

}  // namespace monoceros::router
