// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace monoceros::websocket {

// What was agreed on for permessage-deflate (RFC 7692 section 7.1). Window sizes are powers of two
// of bytes.
struct DeflateParameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  int server_window_bits = 15;
  int client_window_bits = 15;
};

// The windows that we agree to have memory for, on each connection and in each direction.
inline constexpr int kWindowBits = 12;

// Accepts the first offer of permessage-deflate in a Sec-WebSocket-Extensions field that we can
// serve; other extensions, and offers that are not well-formed, are declined (RFC 7692 section
// 5.1). `answer` is then the field's value for the response.
std::optional<DeflateParameters> AcceptDeflate(std::string_view offers, std::string& answer);

}  // namespace monoceros::websocket
