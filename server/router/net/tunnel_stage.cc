// SPDX-License-Identifier: Apache-2.0
// The part of Connection that carries bytes both ways after 101 Switching Protocols (RFC 9110
// section 7.8): to the worker here, to the client as any response. No time limit runs but
// send_timeout.
#include <sys/socket.h>

#include <algorithm>

#include "base/syscall.h"
#include "router/dispatch/worker_link.h"
#include "router/net/connection.h"
#include "router/net/counter.h"

namespace monoceros::router {
namespace {

// A client that sends faster than its worker reads lets others have their turn after so many reads.
constexpr int kReadsPerTurn = 8;

}  // namespace

// The request is over as far as it can be measured; its access-log line is written at the end.
void Connection::BeginTunnel() {
  context_.dispatcher.LiftTimeLimit(exchange_);
  Account(pump_.status(), base::MonotonicNow());
  SetPhase(Phase::kTunnel);
  FeedTunnel();
}

// What the worker has no credit for stays in the socket, so that its client feels it. Only what
// came before the answer can be kept here.
void Connection::FeedTunnel() {
  if (!input_.empty()) KeepInput(std::string_view(input_).substr(Feed(input_)));
  for (int reads = 0; input_.empty() && readable_ && !exchange_.body_ended; ++reads) {
    if (reads == kReadsPerTurn) return LookAgain();
    if (!ReadTunnel()) return;
  }
}

// False when there is nothing more to read for now, or the connection was closed.
bool Connection::ReadTunnel() {
  auto& scratch = context_.scratch;
  const size_t wanted = std::min(scratch.size(), exchange_.worker->FeedCredit(exchange_));
  if (wanted == 0) return false;
  const auto receive = [&] { return ::recv(socket_.get(), scratch.data(), wanted, 0); };
  const ssize_t count = base::RetryOnEintr(receive);
  if (count < 0 && errno != EAGAIN) return Close(), false;
  // As in ReadOnce: a short read emptied the socket, but no edge comes after the end of input.
  if (count < static_cast<ssize_t>(wanted)) readable_ = input_ended_ && count > 0;
  if (count < 0) return false;
  if (count == 0) return exchange_.worker->EndFeed(exchange_), false;
  const std::string_view bytes(scratch.data(), static_cast<size_t>(count));
  KeepInput(bytes.substr(Feed(bytes)));
  return true;
}

size_t Connection::Feed(std::string_view bytes) {
  const size_t taken = exchange_.worker->Feed(exchange_, bytes);
  Count(context_.row.request_body_bytes, taken);
  return taken;
}

}  // namespace monoceros::router
