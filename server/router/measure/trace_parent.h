// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace monoceros::router {

// The trace that a request belongs to (W3C Trace Context, section 3.2).
struct TraceParent {
  std::array<uint64_t, 2> trace_id{};  // high half first; never both 0
  uint64_t span_id = 0;                // the caller's; never 0
};

// Reads the value of a `traceparent` field of version 00; nothing when it breaks any rule.
std::optional<TraceParent> ParseTraceParent(std::string_view value);

}  // namespace monoceros::router
