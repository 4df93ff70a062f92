// SPDX-License-Identifier: Apache-2.0
// The part of Connection that says how a request went: scoreboard and access log.
#include <algorithm>

#include "router/measure/pool_histograms.h"
#include "router/net/connection.h"
#include "router/net/counter.h"

namespace monoceros::router {

void Connection::EndExchange(int status) {
  in_request_ = false;
  const base::Nanoseconds now = base::MonotonicNow();
  const TimeSplit split = SplitTime(exchange_, now);
  if (!probe_ && !accounted_) Account(status, now);
  if (!probe_) Count(context_.row.response_bytes, pump_.body_bytes());
  if (context_.access_log != nullptr) WriteAccessLog(status, split, now);
}

void Connection::Account(int status, base::Nanoseconds now) {
  accounted_ = true;
  const TimeSplit split = SplitTime(exchange_, now);
  scoreboard::RouterRow& row = context_.row;
  const size_t status_class = status == 499 ? 0 : std::min<size_t>(status / 100, 5);
  Count(row.requests);
  Count(row.responses_by_class[status_class]);
  if (split.queue >= 0) Count(row.queue_nanoseconds, static_cast<uint64_t>(split.queue));
  if (split.application >= 0) {
    Count(row.application_nanoseconds, static_cast<uint64_t>(split.application));
  }
  const base::Nanoseconds begin = exchange_.submitted_at != 0 ? exchange_.submitted_at : head_at_;
  Observe({.status = status, .request = now - begin, .split = split, .trace = trace_}, row);
}

void Connection::WriteAccessLog(int status, const TimeSplit& split, base::Nanoseconds now) {
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
  record.response_bytes = answer_bytes_ != 0 ? answer_bytes_ : pump_.body_bytes();
  record.request_fields = &request.fields;
  record.response_fields = &response.fields;
  record.duration = now - head_at_;
  record.queue_time = std::max<base::Nanoseconds>(0, split.queue);
  record.application_time = std::max<base::Nanoseconds>(0, split.application);
  record.gil_wait = split.gil_wait;
  record.cpu = split.cpu;
  record.run_queue = split.run_queue;
  record.other = split.other;
  record.write = split.write;
  record.worker_pid = exchange_.worker_pid;
  context_.access_log->Write(record);
}

// The state that the outside sees follows from the phase and from whether a head went out.
void Connection::SetPhase(Phase phase) {
  phase_ = phase;
  ShowState();
}

void Connection::ShowState() {
  const scoreboard::ConnectionState state = State();
  if (state == shown_state_) return;
  context_.states.Leave(shown_state_);
  context_.states.Enter(state);
  shown_state_ = state;
}

scoreboard::ConnectionState Connection::State() const {
  switch (phase_) {
    case Phase::kHead:
    case Phase::kBody:
    case Phase::kDropping:
      return scoreboard::ConnectionState::kReading;
    case Phase::kRunning:
      return pump_.head_written() ? scoreboard::ConnectionState::kWriting
                                  : scoreboard::ConnectionState::kWaiting;
    case Phase::kTunnel:
      return scoreboard::ConnectionState::kUpgraded;
    case Phase::kFlushing:
      return scoreboard::ConnectionState::kWriting;
    case Phase::kIdle:
    case Phase::kLingering:
    case Phase::kClosed:
      break;
  }
  return scoreboard::ConnectionState::kIdle;
}

// Which of the client's time limits is over, for those that a client can miss.
void Connection::CountTimeout(scoreboard::ClientTimeout limit) {
  Count(context_.row.timeouts[static_cast<uint32_t>(limit)]);
}

}  // namespace monoceros::router
