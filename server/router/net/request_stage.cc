// SPDX-License-Identifier: Apache-2.0
// The part of Connection that turns bytes into a submitted exchange.
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/syscall.h"
#include "router/dispatch/dispatcher.h"
#include "router/net/connection.h"
#include "router/net/counter.h"

namespace monoceros::router {
namespace {

// A client that sends faster than we store lets others have their turn after so many reads.
constexpr int kReadsPerTurn = 8;

std::string_view Cut(std::string_view text, uint32_t offset, uint32_t length) {
  return text.substr(offset, length);
}

channel::RequestHead MakeHead(const http::ParsedHead& parsed, std::string_view text,
                              const Endpoints& endpoints) {
  channel::RequestHead head;
  head.method = Cut(text, parsed.method_offset, parsed.method_length);
  head.target = Cut(text, parsed.target_offset, parsed.target_length);
  head.path = Cut(text, parsed.path_offset, parsed.path_length);
  head.query = Cut(text, parsed.query_offset, parsed.query_length);
  head.scheme = "http";
  head.remote_address = endpoints.remote_address;
  head.server_address = endpoints.server_address;
  head.remote_port = endpoints.remote_port;
  head.server_port = endpoints.server_port;
  head.version_minor = parsed.version_minor;
  head.has_body = parsed.chunked || parsed.content_length.value_or(0) > 0;
  head.content_length = parsed.content_length;
  head.fields.reserve(parsed.fields.size());
  for (const http::FieldSpan& field : parsed.fields) {
    head.fields.push_back({Cut(text, field.name_offset, field.name_length),
                           Cut(text, field.value_offset, field.value_length)});
  }
  return head;
}

}  // namespace

bool Connection::WantsInput() const {
  if (exchange_.body_open) return BodyRoom() > 0;
  return phase_ == Phase::kIdle || phase_ == Phase::kHead || phase_ == Phase::kBody;
}

void Connection::ReadInput() {
  if (reading_) return;  // an answer was given on the way: the loop below goes on
  reading_ = true;
  for (int reads = 0; WantsInput(); ++reads) {
    if (pipelined_) {
      pipelined_ = false;
      ParseInput(input_);
    } else if (readable_ && reads >= kReadsPerTurn) {
      LookAgain();
      break;
    } else if (!readable_ || Starved() || !ReadOnce()) {
      break;
    }
  }
  reading_ = false;
  WatchBody();
}

// False when there is nothing more to read for now, or the connection was closed.
bool Connection::ReadOnce() {
  auto& scratch = context_.scratch;
  const size_t wanted = std::min(scratch.size(), exchange_.body_open ? BodyRoom() : scratch.size());
  // Its worker has taken it meanwhile, and has to read what is there first.
  if (wanted == 0) return false;
  const auto receive = [&] { return ::recv(socket_.get(), scratch.data(), wanted, 0); };
  const ssize_t count = base::RetryOnEintr(receive);
  if (count < 0 && errno != EAGAIN) return Close(), false;
  // Edge-triggered: a short read emptied the socket, and whatever comes next is a new edge.
  if (count < static_cast<ssize_t>(wanted)) readable_ = input_ended_ && count > 0;
  if (count < 0) return false;
  // The end of input between requests, or within one: no complete request will come.
  if (count == 0) return EndInput(), false;
  const std::string_view fresh(scratch.data(), static_cast<size_t>(count));
  if (input_.empty()) {
    ParseInput(fresh);
  } else {
    input_.append(fresh);
    ParseInput(input_);
  }
  return phase_ != Phase::kClosed;
}

void Connection::EndInput() {
  if (phase_ != Phase::kFlushing) return Close();
  // Its request is answered all the same, and it may still read that.
  EndOpen();
  close_after_ = true;
}

void Connection::ParseInput(std::string_view input) {
  for (;;) {
    size_t consumed = 0;
    const http::ParseEvent event = parser_.Parse(input, consumed);
    const std::string_view from = input;
    input.remove_prefix(consumed);
    if (event == http::ParseEvent::kNeedMore) {
      KeepInput(input);
      return AwaitMore();
    }
    if (event == http::ParseEvent::kComplete) {
      KeepInput(input);
      return HandleComplete();
    }
    if (!HandleEvent(event, from)) return;
  }
}

void Connection::AwaitMore() {
  if (exchange_.body_open) return FeedOpen();
  MayStream() ? SubmitOpen() : ArmReadTimer();
}

// False when the request is over: refused or in error.
bool Connection::HandleEvent(http::ParseEvent event, std::string_view from) {
  if (event == http::ParseEvent::kHead) return HandleHead(from);
  if (event == http::ParseEvent::kBody) return HandleBody();
  Count(context_.row.refused);
  FailBody(parser_.error().status, parser_.error().reason);
  return false;
}

void Connection::KeepInput(std::string_view rest) {
  if (rest.empty()) return DropKeptInput();
  if (rest.data() >= input_.data() && rest.data() < input_.data() + input_.size()) {
    input_.erase(0, static_cast<size_t>(rest.data() - input_.data()));
  } else {
    input_.assign(rest);
  }
  context_.budgets.memory.Add(input_.capacity() - input_counted_);
  input_counted_ = input_.capacity();
}

void Connection::DropKeptInput() {
  if (input_counted_ == 0) return input_.clear();
  context_.budgets.memory.Remove(input_counted_);
  input_counted_ = 0;
  std::string().swap(input_);
}

bool Connection::HandleHead(std::string_view head_bytes) {
  const http::ParsedHead& parsed = parser_.head();
  head_at_ = base::MonotonicNow();
  SetPhase(Phase::kBody);
  in_request_ = true;
  version_minor_ = parsed.version_minor;
  close_after_ = !parsed.keep_alive || context_.settings.keepalive == 0 || EndsAfterThis();
  const channel::RequestHead head = MakeHead(parsed, head_bytes, endpoints_);
  head_request_ = head.method == "HEAD";
  probe_ = IsProbe(head);
  NoteTrace(head);
  exchange_.id = context_.next_exchange_id++;
  exchange_.head.clear();
  channel::Encode(head, exchange_.head);
  exchange_.CountHead();
  exchange_.body_left = head.content_length.value_or(0);
  pump_.Begin({.head_request = head_request_,
               .version_minor = version_minor_,
               .keep_alive = !close_after_});
  if (!head.has_body) return true;
  // A client whose request would be refused need not send its body first.
  if (const auto retry_after = context_.dispatcher.Refusal()) {
    return Refuse(*retry_after, true), false;
  }
  if (parsed.expect_continue) SendContinue();
  return phase_ != Phase::kClosed;
}

bool Connection::IsProbe(const channel::RequestHead& head) const {
  const std::string& path = context_.settings.health_path;
  return !path.empty() && head.path == path && !head.has_body &&
         (head.method == "GET" || head.method == "HEAD");
}

// A trace has one parent: with two fields of the name nobody knows which.
void Connection::NoteTrace(const channel::RequestHead& head) {
  static constexpr std::string_view kName = "traceparent";
  int found = 0;
  for (const channel::Field& field : head.fields) {
    if (field.name.size() != kName.size()) continue;
    if (::strncasecmp(field.name.data(), kName.data(), kName.size()) != 0) continue;
    trace_ = ++found == 1 ? ParseTraceParent(field.value) : std::nullopt;
  }
}

bool Connection::HandleBody() {
  const std::string_view bytes = parser_.body();
  Count(context_.row.request_body_bytes, bytes.size());
  exchange_.body_left -= std::min<uint64_t>(exchange_.body_left, bytes.size());
  if (exchange_.body_open) return TakeOpen(bytes), true;
  const auto kept = exchange_.body.Append(bytes, context_.settings.body_memory,
                                          context_.settings.spool_directory);
  if (kept) return true;
  context_.log.Error("A request body could not be stored: {}", kept.error().message);
  SendError(503, "The server cannot store the request body.", {}, true);
  return false;
}

void Connection::HandleComplete() {
  if (exchange_.body_open) return CompleteOpen();
  timer_.Disarm();
  if (probe_) return AnswerProbe();
  if (const auto retry_after = context_.dispatcher.Refusal()) {
    return Refuse(*retry_after, close_after_);
  }
  FixContentLength();
  SetPhase(Phase::kRunning);
  exchange_.half_closed = input_ended_;
  exchange_.may_upgrade = parser_.head().upgrade && exchange_.body.size() == 0;
  context_.dispatcher.Submit(exchange_);
}

void Connection::FixContentLength() {
  if (!parser_.head().chunked) return;
  // The body is complete, so its length is known: WSGI applications read by CONTENT_LENGTH.
  const std::string encoded = std::move(exchange_.head);
  exchange_.head.clear();
  channel::RequestHead head;
  channel::Decode(std::as_bytes(std::span(encoded)), head);
  head.content_length = exchange_.body.size();
  head.has_body = exchange_.body.size() > 0;
  channel::Encode(head, exchange_.head);
  exchange_.CountHead();
}

// True when reading must wait for buffer space; the connection is told by ResumeReading.
bool Connection::Starved() {
  if (exchange_.body_open) return false;  // see BodyRoom
  const Budgets& budgets = context_.budgets;
  const bool holds_bytes = phase_ == Phase::kBody || !input_.empty();
  const bool full = budgets.memory.Full() || (budgets.spool.Full() && exchange_.body.spooled());
  if (!holds_bytes || !full) return false;
  if (!starved_) context_.starved.push_back(this);
  starved_ = true;
  return true;
}

void Connection::ResumeReading() {
  starved_ = false;
  if (phase_ != Phase::kClosed) ReadInput();
}

void Connection::ArmReadTimer() {
  if (phase_ == Phase::kBody) return context_.timeouts.body.Arm(timer_, context_.now);
  if (phase_ != Phase::kIdle || !parser_.in_message()) return;
  // The whole head has to arrive within one header_timeout, counted from its first byte.
  SetPhase(Phase::kHead);
  context_.timeouts.header.Arm(timer_, context_.now);
}

}  // namespace monoceros::router
