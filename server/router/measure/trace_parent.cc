// SPDX-License-Identifier: Apache-2.0
#include "router/measure/trace_parent.h"

namespace monoceros::router {
namespace {

// "00-" 32 digits "-" 16 digits "-" 2 digits
constexpr size_t kLength = 55;

std::optional<uint64_t> ParseHex(std::string_view digits) {
  uint64_t number = 0;
  for (const char c : digits) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;  // capitals are not allowed
    number = number << 4 | static_cast<uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return number;
}

}  // namespace

std::optional<TraceParent> ParseTraceParent(std::string_view value) {
  if (value.size() != kLength || !value.starts_with("00-")) return std::nullopt;
  if (value[35] != '-' || value[52] != '-') return std::nullopt;
  const auto high = ParseHex(value.substr(3, 16));
  const auto low = ParseHex(value.substr(19, 16));
  const auto span = ParseHex(value.substr(36, 16));
  if (!high || !low || !span || !ParseHex(value.substr(53))) return std::nullopt;
  if ((*high | *low) == 0 || *span == 0) return std::nullopt;
  return TraceParent{{*high, *low}, *span};
}

}  // namespace monoceros::router
