// SPDX-License-Identifier: Apache-2.0
#include "router/http/trailers.h"

#include <algorithm>
#include <array>

#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

constexpr auto kForbidden = std::to_array<std::string_view>({
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "max-forwards",
    "pragma",
    "proxy-connection",
    "proxy-authorization",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
});

// Families that only make sense before the content.
constexpr auto kForbiddenPrefixes =
    std::to_array<std::string_view>({"if-", "sec-", "x-forwarded-"});

}  // namespace

bool IsAllowedTrailer(std::string_view name) {
  const bool forbidden =
      std::ranges::any_of(kForbidden,
                          [=](auto other) { return EqualsIgnoringCase(name, other); }) ||
      std::ranges::any_of(kForbiddenPrefixes, [=](auto prefix) {
        return EqualsIgnoringCase(name.substr(0, prefix.size()), prefix);
      });
  return !forbidden && name.find('_') == std::string_view::npos;
}

}  // namespace monoceros::router::http
