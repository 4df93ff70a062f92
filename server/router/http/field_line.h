// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "router/http/refusal.h"

namespace monoceros::router::http {

// A field line taken apart; the views point into the line.
struct FieldLine {
  std::string_view name;
  std::string_view value;    // without surrounding white space
  bool underscored = false;  // the name has an underscore
};

// Splits a field line (without its CRLF, free of control characters but HTAB) at its colon.
// Refuses continuation lines (obs-fold), white space before the colon and names that are no token
// (RFC 9112 section 5).
Refusal SplitFieldLine(std::string_view line, FieldLine& field);

}  // namespace monoceros::router::http
