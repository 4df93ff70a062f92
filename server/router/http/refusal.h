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

}  // namespace monoceros::router::http
