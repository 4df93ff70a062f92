// SPDX-License-Identifier: Apache-2.0
#include "router/net/response_pump.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "router/dispatch/dispatcher.h"
#include "router/dispatch/worker_link.h"
#include "router/measure/server_timing.h"
#include "router/measure/time_split.h"

namespace monoceros::router {
namespace {

using channel::FrameType;
using channel::ReadStatus;

iovec AsPart(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

// Trailer fields in wire form; empty when the bytes are not valid.
std::string TrailerLines(std::span<const std::byte> payload) {
  const std::string bytes(reinterpret_cast<const char*>(payload.data()), payload.size());
  std::vector<channel::Field> fields;
  if (!channel::DecodeFields(std::as_bytes(std::span(bytes)), fields)) return {};
  std::string lines;
  for (const channel::Field& field : fields) {
    if (field.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      continue;
    lines.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return lines;
}

}  // namespace

void ResponsePump::Begin(const http::ResponseContext& request) {
  request_ = request;
  plan_ = {};
  // Idle connections keep no large buffer.
  constexpr size_t kUsualHead = 1024;
  if (head_bytes_.capacity() > kUsualHead) std::string().swap(head_bytes_);
  head_bytes_.clear();
  std::string().swap(trailers_);
  events_.Reset();
  head_seen_ = head_written_ = false;
  status_ = 0;
  body_bytes_ = 0;
}

PumpStatus ResponsePump::Pump(Exchange& exchange, int socket) {
  ResponseScratch& scratch = context_.response;
  scratch.prefix.clear();
  scratch.suffix.clear();
  scratch.pieces.clear();  // also those of a response that was given up before it was sent
  bool violation = false;
  const End end = Gather(exchange, violation);
  if (violation) return PumpStatus::kOpen;  // the dispatcher buries the worker in this turn
  if (end != End::kNone) context_.dispatcher.Ended(exchange);
  if (head_seen_ && !head_written_ && !WriteHead(exchange, end)) return PumpStatus::kNoHead;
  if (!head_seen_ && end != End::kNone) return PumpStatus::kNoHead;
  if (head_written_) FrameBody(end);
  const SendStatus sent = Send(socket);
  scratch.pieces.clear();
  if (end == End::kNone) exchange.worker->channel().Consume(exchange.slot);
  return Conclude(end, sent);
}

ResponsePump::End ResponsePump::Gather(Exchange& exchange, bool& violation) {
  channel::RouterEnd& channel = exchange.worker->channel();
  channel::Frame frame;
  while (HasRoom()) {
    const ReadStatus status = channel.Read(exchange.slot, frame);
    violation = status == ReadStatus::kViolation;
    if (status != ReadStatus::kFrame) return End::kNone;
    switch (frame.type) {
      case FrameType::kHead:
        head_bytes_.assign(reinterpret_cast<const char*>(frame.payload.data()),
                           frame.payload.size());
        head_seen_ = true;
        break;
      case FrameType::kInterim:
        TakeInterim(frame);
        break;
      case FrameType::kData:
        context_.response.pieces.push_back(
            {.memory = {const_cast<std::byte*>(frame.payload.data()), frame.payload.size()}});
        break;
      case FrameType::kFile:
        if (!TakeFile(exchange, frame)) return End::kAbort;
        break;
      case FrameType::kTrailers:
        trailers_ += TrailerLines(frame.payload);
        break;
      case FrameType::kEnd:
        return End::kEnd;
      case FrameType::kAbort:
        return End::kAbort;
    }
  }
  return End::kNone;
}

// The two ends of a tunnel feel each other: nothing is put aside for a client that does not take.
bool ResponsePump::HasRoom() const { return tunnel() ? output_.empty() : output_.HasRoom(); }

bool ResponsePump::TakeFile(Exchange& exchange, const channel::Frame& frame) {
  channel::FileSegment segment{};
  base::Fd file = exchange.worker->channel().ReceiveDescriptor(exchange.slot);
  if (!file || frame.payload.size() != sizeof segment) return false;
  std::memcpy(&segment, frame.payload.data(), sizeof segment);
  context_.response.pieces.push_back(
      {.file = std::move(file), .offset = segment.offset, .length = segment.length});
  return true;
}

void ResponsePump::TakeInterim(const channel::Frame& frame) {
  const std::string bytes(reinterpret_cast<const char*>(frame.payload.data()),
                          frame.payload.size());
  channel::ResponseHead head;
  if (head_seen_ || !channel::Decode(std::as_bytes(std::span(bytes)), head)) return;
  const auto written =
      http::WriteInterimHead(head, request_.version_minor, context_.response.prefix);
  if (!written) context_.log.Warning("Dropped an early hint: {}", written.error().message);
}

uint64_t ResponsePump::GatheredBytes() const {
  uint64_t total = 0;
  for (const BodyPiece& piece : context_.response.pieces)
    total += piece.memory.iov_len + piece.length;
  return total;
}

// The times of a response that is whole are final; of one that goes on they are what the worker has
// reported so far.
std::string_view ResponsePump::TimingLine(Exchange& exchange, End end) {
  std::string& line = context_.response.timing;
  line.clear();
  if (!context_.settings.server_timing) return line;
  if (end == End::kNone) exchange.worker->ReadTimes(exchange);
  AppendServerTiming(SplitTime(exchange, context_.now), line);
  return line;
}

bool ResponsePump::WriteHead(Exchange& exchange, End end) {
  channel::ResponseHead& head = context_.response.head;
  if (!channel::Decode(std::as_bytes(std::span(head_bytes_)), head)) return false;
  request_.extra_fields = TimingLine(exchange, end);
  // Nobody will read the rest of the request, and the next one would be behind it.
  if (end != End::kNone && exchange.RestIsLong()) request_.keep_alive = false;
  if (end == End::kEnd && trailers_.empty()) request_.whole_body_length = GatheredBytes();
  auto plan =
      http::WriteResponseHead(head, request_, context_.DateLine(), context_.response.prefix);
  const bool unasked = plan && plan->framing == http::Framing::kTunnel && !exchange.may_upgrade;
  if (!plan || unasked) {
    context_.log.Error("Invalid response head from the application: {}",
                       unasked ? "status 101 to a request that does not ask for it, or has a body"
                               : plan.error().message);
    return false;
  }
  plan_ = *plan;
  if (plan_.framing == http::Framing::kChunked || plan_.framing == http::Framing::kClose) {
    events_.Begin(head);
  }
  status_ = head.status;
  head_written_ = true;
  if (end == End::kNone && IsStream()) context_.dispatcher.MarkStream(exchange);
  return true;
}

// Server-sent events have no end of their own (the HTML standard, "text/event-stream").
bool ResponsePump::IsStream() const {
  if (tunnel()) return true;
  return plan_.framing != http::Framing::kLength && http::IsEventStream(context_.response.head);
}

void ResponsePump::FrameBody(End end) {
  ResponseScratch& scratch = context_.response;
  if (plan_.framing == http::Framing::kNone) scratch.pieces.clear();
  if (plan_.framing == http::Framing::kLength) LimitToLength();
  const uint64_t bytes = GatheredBytes();
  body_bytes_ += bytes;
  if (events_.followed()) FollowEvents();
  if (plan_.framing != http::Framing::kChunked) return;
  if (bytes > 0) {
    fmt::format_to(std::back_inserter(scratch.prefix), "{:x}\r\n", bytes);
    scratch.suffix = "\r\n";
  }
  if (end == End::kEnd) scratch.suffix.append("0\r\n").append(trailers_).append("\r\n");
}

void ResponsePump::FollowEvents() {
  for (const BodyPiece& piece : context_.response.pieces) {
    if (piece.file) return events_.Lose();
    events_.Take({static_cast<const char*>(piece.memory.iov_base), piece.memory.iov_len});
  }
}

bool ResponsePump::BetweenEvents() const { return head_written_ && events_.BetweenEvents(); }

PumpStatus ResponsePump::EndStream(int socket) {
  if (plan_.framing != http::Framing::kChunked) return PumpStatus::kComplete;
  iovec last = AsPart("0\r\n\r\n");
  return Conclude(End::kEnd, output_.Write(socket, {&last, 1}));
}

void ResponsePump::LimitToLength() {
  // The client counts: a byte too many would be read as the start of the next response.
  uint64_t left = plan_.content_length - body_bytes_;
  for (BodyPiece& piece : context_.response.pieces) {
    piece.memory.iov_len = std::min<uint64_t>(piece.memory.iov_len, left);
    left -= piece.memory.iov_len;
    piece.length = std::min(piece.length, left);
    left -= piece.length;
  }
}

SendStatus ResponsePump::Send(int socket) {
  ResponseScratch& scratch = context_.response;
  scratch.parts.clear();
  more_ = false;
  SendStatus status = output_.empty() ? SendStatus::kSent : SendStatus::kPending;
  if (!scratch.prefix.empty()) scratch.parts.push_back(AsPart(scratch.prefix));
  for (BodyPiece& piece : scratch.pieces) {
    if (!piece.file) {
      if (piece.memory.iov_len > 0) scratch.parts.push_back(piece.memory);
      continue;
    }
    if (FlushParts(socket) == SendStatus::kBroken) return SendStatus::kBroken;
    status = output_.WriteFile(socket, std::move(piece.file), piece.offset, piece.length);
    if (status == SendStatus::kBroken) return status;
    more_ = more_ || status == SendStatus::kMore;
  }
  if (!scratch.suffix.empty()) scratch.parts.push_back(AsPart(scratch.suffix));
  return scratch.parts.empty() ? status : FlushParts(socket);
}

SendStatus ResponsePump::FlushParts(int socket) {
  if (context_.response.parts.empty()) return SendStatus::kSent;
  const SendStatus status = output_.Write(socket, context_.response.parts);
  context_.response.parts.clear();
  return status;
}

PumpStatus ResponsePump::Conclude(End end, SendStatus sent) {
  if (sent == SendStatus::kBroken) {
    if (!output_.failure().empty()) {
      context_.log.Error("A response was cut short: {}", output_.failure());
    }
    return PumpStatus::kBroken;
  }
  if (end == End::kNone) return PumpStatus::kOpen;
  const bool short_body =
      plan_.framing == http::Framing::kLength && body_bytes_ < plan_.content_length;
  return end == End::kAbort || short_body ? PumpStatus::kTruncated : PumpStatus::kComplete;
}

}  // namespace monoceros::router
