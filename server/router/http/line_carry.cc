// SPDX-License-Identifier: Apache-2.0
#include "router/http/line_carry.h"

#include <algorithm>

namespace monoceros::router::http {

LineStatus LineCarry::Next(std::string_view input, size_t limit, size_t& consumed,
                           std::string_view& line) {
  if (partial_) return Resume(input, limit, consumed, line);
  const std::string_view rest = input.substr(consumed);
  cursor_ = {};
  const LineStatus status = ScanLine(rest, limit, cursor_);
  if (status == LineStatus::kPartial) {
    carry_.assign(rest);
    partial_ = true;
    consumed = input.size();
  } else if (status == LineStatus::kLine) {
    line = rest.substr(0, cursor_.end);
    consumed += cursor_.end + 2;
  }
  return status;
}

LineStatus LineCarry::Resume(std::string_view input, size_t limit, size_t& consumed,
                             std::string_view& line) {
  const size_t line_feed = input.find('\n', consumed);
  const size_t end = std::min(line_feed, input.size() - 1) + 1;
  carry_.append(input.substr(consumed, end - consumed));
  consumed = end;
  const LineStatus status = ScanLine(carry_, limit, cursor_);
  partial_ = status == LineStatus::kPartial;
  if (status == LineStatus::kLine) line = std::string_view(carry_).substr(0, cursor_.end);
  return status;
}

void LineCarry::Reset() {
  carry_.clear();
  cursor_ = {};
  partial_ = false;
}

}  // namespace monoceros::router::http
