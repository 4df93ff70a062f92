// SPDX-License-Identifier: Apache-2.0
#include "router/http/body_parser.h"

#include <algorithm>

#include "router/http/chunk_line.h"
#include "router/http/content_length.h"
#include "router/http/field_line.h"
#include "router/http/line_limits.h"
#include "router/http/trailers.h"

namespace monoceros::router::http {
void BodyParser::Start(const ParsedHead& head) {
  remaining_ = head.content_length.value_or(0);
  field_count_ = head.fields.size();
  state_ = head.chunked ? State::kChunkLine : State::kLength;
}

void BodyParser::Reset() {
  state_ = State::kComplete;
  refusal_ = kAccepted;
  lines_.Reset();
  body_ = {};
  trailers_.clear();
  remaining_ = total_ = 0;
  field_count_ = trailer_bytes_ = 0;
}

ParseEvent BodyParser::Parse(std::string_view input, size_t& consumed) {
  while (true) {
    switch (state_) {
      case State::kLength:
        if (remaining_ != 0) return TakeData(input, consumed);
        state_ = State::kComplete;
        break;
      case State::kChunkData:
        if (remaining_ != 0) return TakeData(input, consumed);
        state_ = State::kChunkEnd;
        break;
      case State::kComplete:
        refusal_ = llhttp_.CheckComplete();
        return refusal_ ? ParseEvent::kError : ParseEvent::kComplete;
      case State::kRefused:
        return ParseEvent::kError;
      default:
        if (consumed == input.size() || !TakeLine(input, consumed)) return ParseEvent::kNeedMore;
    }
  }
}

ParseEvent BodyParser::TakeData(std::string_view input, size_t& consumed) {
  if (consumed == input.size()) return ParseEvent::kNeedMore;
  const std::string_view piece = input.substr(consumed);
  body_ = piece.substr(0, std::min<uint64_t>(remaining_, piece.size()));
  remaining_ -= body_.size();
  consumed += body_.size();
  Confirm(body_);
  return state_ == State::kRefused ? ParseEvent::kError : ParseEvent::kBody;
}

size_t BodyParser::Limit() const {
  if (state_ == State::kChunkLine) return kLongestChunkLine;
  if (state_ == State::kChunkEnd) return 0;
  return FieldLineLimit(limits_, kMostTrailerBytes - trailer_bytes_);
}

bool BodyParser::TakeLine(std::string_view input, size_t& consumed) {
  std::string_view line;
  const LineStatus status = lines_.Next(input, Limit(), consumed, line);
  if (status == LineStatus::kPartial) return false;
  if (status == LineStatus::kRefused) {
    Refuse(lines_.refusal());
  } else if (status == LineStatus::kTooLong) {
    if (state_ == State::kTrailers) {
      Refuse({431, "trailer too large"});
    } else {
      Refuse(Bad(state_ == State::kChunkLine ? "chunk line too long"
                                             : "chunk data longer than its size"));
    }
  } else if (state_ == State::kChunkLine) {
    TakeChunkLine(line);
  } else if (state_ == State::kChunkEnd) {
    state_ = State::kChunkLine;
    Confirm("\r\n");
  } else {
    TakeTrailer(line);
  }
  return true;
}

void BodyParser::TakeChunkLine(std::string_view line) {
  ChunkLine chunk;
  if (auto refusal = ParseChunkLine(line, chunk)) return Refuse(refusal);
  const uint64_t most = limits_.max_body != 0 ? limits_.max_body : kLongestBody;
  if (chunk.size > most || total_ > most - chunk.size) return Refuse({413, "body too large"});
  total_ += chunk.size;
  remaining_ = chunk.size;
  state_ = chunk.size != 0 ? State::kChunkData : State::kTrailers;
  Confirm(line.substr(0, chunk.digits));
  Confirm("\r\n");
}

void BodyParser::TakeTrailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::kComplete;
    return Confirm("\r\n");
  }
  trailer_bytes_ = std::min(trailer_bytes_ + line.size() + 2, kMostTrailerBytes);
  if (limits_.fields != 0 && ++field_count_ > limits_.fields) {
    return Refuse({431, "too many fields"});
  }
  FieldLine field;
  if (auto refusal = SplitFieldLine(line, field)) return Refuse(refusal);
  if (!IsAllowedTrailer(field.name)) return;
  trailers_.emplace_back(field.name, field.value);
  Confirm(line);
  Confirm("\r\n");
}

void BodyParser::Refuse(Refusal refusal) {
  refusal_ = refusal;
  state_ = State::kRefused;
}

void BodyParser::Confirm(std::string_view text) {
  if (state_ == State::kRefused) return;
  if (auto refusal = llhttp_.Feed(text)) Refuse(refusal);
}

}  // namespace monoceros::router::http
