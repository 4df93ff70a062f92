// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channel/heads.h"

namespace monoceros::websocket {

// Whether a request asks for the WebSocket protocol (RFC 9110 section 7.8): a GET of HTTP/1.1 with
// Connection: upgrade and Upgrade: websocket. Any other request may be answered as if it did not.
bool AsksForWebSocket(const channel::RequestHead& head);

// What the fields of an opening handshake say. Views into the head.
struct Handshake {
  std::string_view key;
  std::string_view version;
  std::vector<std::string_view> subprotocols;  // in the client's order
  std::string extensions;                      // all fields joined
};
Handshake ReadHandshake(const channel::RequestHead& head);

// The status that refuses a handshake, or 0 when it is good: 400 for a key that is not 16 bytes of
// base64, 426 for a version that is not 13 (RFC 6455 sections 4.2.1 and 4.4).
uint16_t RefusalOf(const Handshake& handshake);

// The value of Sec-WebSocket-Accept for `key` (RFC 6455 section 4.2.2).
std::string AcceptValue(std::string_view key);

}  // namespace monoceros::websocket
