// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "router/http/line_carry.h"
#include "router/http/llhttp_check.h"
#include "router/http/refusal.h"
#include "router/http/request_parser.h"

namespace monoceros::router::http {

// Removes the framing from a request body (RFC 9112 sections 6 and 7).
class BodyParser {
 public:
  // `llhttp` outlives the parser and has seen the head when Start is called.
  BodyParser(const Limits& limits, LlhttpCheck& llhttp) : limits_(limits), llhttp_(llhttp) {}

  void Start(const ParsedHead& head);
  // As RequestParser::Parse after the head.
  ParseEvent Parse(std::string_view input, size_t& consumed);

  std::string_view body() const { return body_; }
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }
  Refusal refusal() const { return refusal_; }
  void Reset();

 private:
  enum class State { kLength, kChunkLine, kChunkData, kChunkEnd, kTrailers, kComplete, kRefused };

  ParseEvent TakeData(std::string_view input, size_t& consumed);
  // Handles the next line of framing; false when there is none yet.
  bool TakeLine(std::string_view input, size_t& consumed);
  size_t Limit() const;
  void TakeChunkLine(std::string_view line);
  void TakeTrailer(std::string_view line);
  void Refuse(Refusal refusal);
  // Shows llhttp what the policy has accepted.
  void Confirm(std::string_view text);

  Limits limits_;
  LlhttpCheck& llhttp_;
  State state_ = State::kComplete;
  Refusal refusal_;
  LineCarry lines_;
  std::string_view body_;
  std::vector<std::pair<std::string, std::string>> trailers_;
  uint64_t remaining_ = 0;  // of the chunk or the body
  uint64_t total_ = 0;      // sum of the chunk sizes so far
  size_t field_count_ = 0;  // of head and trailers
  size_t trailer_bytes_ = 0;
};

}  // namespace monoceros::router::http
