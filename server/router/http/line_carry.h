// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "router/http/line_scanner.h"

namespace monoceros::router::http {

// Finds lines in a stream whose consumed input is not seen again; keeps a copy of a line that
// arrives in pieces, and only then.
class LineCarry {
 public:
  // Takes the next line from `input` at `consumed` and moves that behind it (to the end of the
  // input with kPartial). `line` is without its CRLF, valid until the next call. Rules and limit
  // as ScanLine.
  LineStatus Next(std::string_view input, size_t limit, size_t& consumed, std::string_view& line);
  // With kRefused.
  Refusal refusal() const { return cursor_.refusal; }
  void Reset();

 private:
  LineStatus Resume(std::string_view input, size_t limit, size_t& consumed, std::string_view& line);

  std::string carry_;
  LineCursor cursor_;
  bool partial_ = false;
};

}  // namespace monoceros::router::http
