// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "router/http/request_parser.h"

namespace monoceros::router::http {

// The longest head, whatever the limits of single lines allow.
inline constexpr size_t kLongestHead = 1 << 20;

// Trailers are copied, so all of one request together stay small.
inline constexpr size_t kMostTrailerBytes = 64 << 10;

// How long a line without its end may be, where `limit` (0: none) and `room` bytes may come.
constexpr size_t LineLimit(size_t limit, size_t room) {
  return limit == 0 ? room : std::min(limit, room);
}

// The same for a field, whose limit counts the line end.
constexpr size_t FieldLineLimit(const Limits& limits, size_t room) {
  return LineLimit(limits.field_size > 2 ? limits.field_size - 2 : limits.field_size, room);
}

}  // namespace monoceros::router::http
