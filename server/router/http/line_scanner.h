// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "router/http/refusal.h"

namespace monoceros::router::http {

// The offset of the first control character but HTAB at or after `from`; the text's size without
// one.
size_t FindControl(std::string_view text, size_t from);

enum class LineStatus {
  kPartial,  // no end of line yet
  kLine,
  kTooLong,
  kRefused,  // a bare CR or LF, or another control character
};

// Where the scan of a line stands; plain offsets, so that it survives a move of the text.
struct LineCursor {
  size_t start = 0;     // the line's first byte
  size_t position = 0;  // everything before it is free of control characters
  size_t end = 0;       // with kLine: the offset of its CR
  Refusal refusal;      // with kRefused

  // To the line after the one that was found.
  void Advance() { start = position = end + 2; }
};

// Looks for the CRLF that ends the line at `cursor.start`, resuming where the last call with a
// shorter prefix of the same text stopped. A line may have `limit` bytes before its CRLF and no
// control character but HTAB (RFC 9110 section 5.5, RFC 9112 section 2.2). The outcome depends on
// the bytes only, never on how they were split over calls.
LineStatus ScanLine(std::string_view text, size_t limit, LineCursor& cursor);

}  // namespace monoceros::router::http
