// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "router/http/request_parser.h"

namespace monoceros::router::http {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// A request as the parser reported it, with the spans resolved.
struct ReportedRequest {
  std::string method, target, path, query;
  int version_minor = 0;
  bool keep_alive = false, expect_continue = false, upgrade = false, chunked = false;
  std::optional<uint64_t> content_length;
  NamedValues fields;
  std::string body;
  NamedValues trailers;
  bool complete = false;

  bool operator==(const ReportedRequest&) const = default;
};

// All that became of the bytes of one connection.
struct ParseRun {
  std::vector<ReportedRequest> requests;
  int status = 0;  // of the refusal; 0 without one
  std::string reason;
  bool in_message = false;              // after the last byte
  std::vector<std::string> violations;  // of the parser's contract; must be empty

  bool operator==(const ParseRun&) const = default;
};

// Given how many bytes are left, how many to add next (at least 1).
using NextPiece = std::function<size_t(size_t left)>;

// Feeds `bytes` to a new parser as a connection would, until they end, a request is refused or one
// ends the connection. Every call gets a fresh copy of the pending bytes of exactly their size, so
// that a sanitizer sees any access to older or further ones.
ParseRun RunParser(const Limits& limits, std::string_view bytes, const NextPiece& next_piece);

ParseRun RunInOnePiece(const Limits& limits, std::string_view bytes);

}  // namespace monoceros::router::http
