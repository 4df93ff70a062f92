// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace monoceros::websocket {

// Status codes of closing (RFC 6455 section 7.4.1, and IANA's registry for 1012).
inline constexpr uint16_t kNormalClosure = 1000;
inline constexpr uint16_t kProtocolError = 1002;
inline constexpr uint16_t kNoStatus = 1005;         // never sent
inline constexpr uint16_t kAbnormalClosure = 1006;  // never sent
inline constexpr uint16_t kInvalidData = 1007;
inline constexpr uint16_t kMessageTooBig = 1009;
inline constexpr uint16_t kInternalError = 1011;
inline constexpr uint16_t kServiceRestart = 1012;

// Whether a close frame may carry `code` (RFC 6455 section 7.4: 1004, 1005, 1006 and 1015 are
// reserved, below 3000 only what is registered, 3000 to 4999 are libraries' and applications').
constexpr bool IsSendable(uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace monoceros::websocket
