// SPDX-License-Identifier: Apache-2.0
#include "router/http/head_parser.h"

#include <utility>

#include "router/http/characters.h"
#include "router/http/line_limits.h"
#include "router/http/shadowing.h"

namespace monoceros::router::http {
namespace {

// Empty lines tolerated before a request line (RFC 9112 section 2.2).
constexpr int kMostEmptyLines = 4;

}  // namespace

bool HeadParser::Refuse(Refusal refusal) {
  refusal_ = refusal;
  return true;
}

size_t HeadParser::Limit() const {
  if (!has_request_line_) return LineLimit(limits_.request_line, kLongestHead);
  const size_t used = cursor_.start - request_start_;
  return FieldLineLimit(limits_, used < kLongestHead ? kLongestHead - used : 0);
}

bool HeadParser::Parse(std::string_view input, ParsedHead& head) {
  if (refusal_) return true;
  while (true) {
    const LineStatus status = ScanLine(input, Limit(), cursor_);
    if (!started_ && cursor_.start < input.size() && input[cursor_.start] != '\r') {
      started_ = true;
      request_start_ = cursor_.start;
    }
    if (status == LineStatus::kPartial) return false;
    if (status == LineStatus::kRefused) return Refuse(cursor_.refusal);
    if (status == LineStatus::kTooLong) {
      return Refuse(has_request_line_ ? Refusal{431, "field too large"}
                                      : Refusal{414, "request line too long"});
    }
    const std::string_view line = input.substr(cursor_.start, cursor_.end - cursor_.start);
    const bool last = has_request_line_ && line.empty();
    if (!last && TakeLine(line, head)) return true;
    cursor_.Advance();
    if (last) return Finish(input, head);
  }
}

bool HeadParser::TakeLine(std::string_view line, ParsedHead& head) {
  if (has_request_line_) {
    TakeField(line, head);
  } else if (!line.empty()) {
    has_request_line_ = true;
    refusal_ = ParseRequestLine(line, static_cast<uint32_t>(cursor_.start), head, authority_);
  } else if (++empty_lines_ > kMostEmptyLines) {
    refusal_ = Bad("too many empty lines before the request");
  }
  return static_cast<bool>(refusal_);
}

void HeadParser::TakeField(std::string_view line, ParsedHead& head) {
  if (limits_.fields != 0 && head.fields.size() + underscored_.size() >= limits_.fields) {
    refusal_ = {431, "too many fields"};
    return;
  }
  FieldLine field;
  refusal_ = SplitFieldLine(line, field);
  if (!refusal_) refusal_ = rules_.Take(field.name, field.value);
  if (refusal_) return;
  const auto start = static_cast<uint32_t>(cursor_.start);
  const auto value = start + static_cast<uint32_t>(field.value.data() - line.data());
  (field.underscored ? underscored_ : head.fields)
      .push_back({start, static_cast<uint32_t>(field.name.size()), value,
                  static_cast<uint32_t>(field.value.size())});
}

bool HeadParser::Finish(std::string_view input, ParsedHead& head) {
  refusal_ = CheckShadowing(input, head.fields, underscored_);
  if (!refusal_) refusal_ = rules_.Finish(limits_.max_body, head);
  if (!refusal_ && authority_.length != 0) ApplyAuthority(input, head);
  return true;
}

// The authority of an absolute target replaces the Host field's value (RFC 9112 section 3.2.2).
void HeadParser::ApplyAuthority(std::string_view input, ParsedHead& head) const {
  for (FieldSpan& field : head.fields) {
    if (EqualsIgnoringCase(input.substr(field.name_offset, field.name_length), "host")) {
      field.value_offset = authority_.offset;
      field.value_length = authority_.length;
    }
  }
}

size_t HeadParser::DropEmptyLines() {
  if (started_) return 0;
  const size_t dropped = std::exchange(cursor_.start, 0);
  cursor_.position -= dropped;
  return dropped;
}

void HeadParser::Reset() {
  cursor_ = {};
  refusal_ = kAccepted;
  rules_ = {};
  authority_ = {};
  underscored_.clear();
  request_start_ = 0;
  empty_lines_ = 0;
  started_ = has_request_line_ = false;
}

}  // namespace monoceros::router::http
