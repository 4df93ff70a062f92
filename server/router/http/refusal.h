// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::router::http {

// Why a request is refused; false when it is not. `reason` is text of static lifetime, so that
// refusing allocates nothing.
struct Refusal {
  int status = 0;
  std::string_view reason;

  explicit operator bool() const { return status != 0; }
};

inline constexpr Refusal kAccepted{};

inline constexpr Refusal Bad(std::string_view reason) { return {400, reason}; }

// The one reason that LlhttpCheck gives, whatever the release of llhttp says. Fuzzing asserts that
// no request meets it: the policy alone decides, so all releases give the same outcome.
inline constexpr std::string_view kLlhttpDisagrees = "llhttp disagrees with the framing policy";

}  // namespace monoceros::router::http
