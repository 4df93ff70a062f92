// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "router/http/field_line.h"
#include "router/http/field_rules.h"
#include "router/http/line_scanner.h"
#include "router/http/refusal.h"
#include "router/http/request_line.h"
#include "router/http/request_parser.h"

namespace monoceros::router::http {

// Reads request line and fields in place, line by line.
class HeadParser {
 public:
  explicit HeadParser(const Limits& limits) : limits_(limits) {}

  // As RequestParser::Parse, for the head only: true when it is complete or refused.
  bool Parse(std::string_view input, ParsedHead& head);

  Refusal refusal() const { return refusal_; }
  // The head's length with the empty lines before it and the one that ends it.
  size_t length() const { return cursor_.start; }
  // True from the first byte of the request line on.
  bool started() const { return started_; }
  // Bytes of empty lines before a request that has not started; forgets them.
  size_t DropEmptyLines();
  void Reset();

 private:
  size_t Limit() const;
  // Handles one line; true when the head is complete or refused.
  bool TakeLine(std::string_view line, ParsedHead& head);
  void TakeField(std::string_view line, ParsedHead& head);
  bool Finish(std::string_view input, ParsedHead& head);
  void ApplyAuthority(std::string_view input, ParsedHead& head) const;
  bool Refuse(Refusal refusal);

  Limits limits_;
  LineCursor cursor_;
  Refusal refusal_;
  FieldRules rules_;
  AuthoritySpan authority_;
  std::vector<FieldSpan> underscored_;
  size_t request_start_ = 0;
  int empty_lines_ = 0;
  bool started_ = false;
  bool has_request_line_ = false;
};

}  // namespace monoceros::router::http
