// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/websocket_refusal.h"

#include <span>
#include <string>
#include <string_view>

#include "worker/http/server_error.h"
#include "worker/websocket/handshake.h"

namespace monoceros::asgi {
namespace {

constexpr uint16_t kForbidden = 403;
constexpr uint16_t kUpgradeRequired = 426;

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void Write(channel::Exchange& exchange, channel::ResponseHead head, std::string_view body) {
  const std::string length = std::to_string(body.size());
  head.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  head.fields.push_back({"Content-Length", length});
  std::string bytes;
  channel::Encode(head, bytes);
  exchange.Write(channel::FrameType::kHead, AsBytes(bytes));
  exchange.Write(channel::FrameType::kData, AsBytes(body));
}

}  // namespace

bool RefuseHandshake(const Opening& opening) {
  const uint16_t status = websocket::RefusalOf(websocket::ReadHandshake(opening.head));
  if (status == 0) return false;
  channel::ResponseHead head;
  head.status = status;
  if (status == kUpgradeRequired) {
    head.reason = "Upgrade Required";
    head.fields = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    Write(*opening.exchange, head, "only version 13 of the WebSocket protocol is spoken here\n");
  } else {
    head.reason = "Bad Request";
    Write(*opening.exchange, head, "Sec-WebSocket-Key must be 16 bytes in base64\n");
  }
  opening.exchange->Finish();
  return true;
}

void WriteForbidden(channel::Exchange& exchange) {
  channel::ResponseHead head;
  head.status = kForbidden;
  head.reason = "Forbidden";
  Write(exchange, head, "403 Forbidden\n");
}

void WriteServerError(channel::Exchange& exchange) {
  std::string bytes;
  http::EncodeServerError(bytes);
  exchange.Write(channel::FrameType::kHead, AsBytes(bytes));
  exchange.Write(channel::FrameType::kData, AsBytes(http::kServerErrorBody));
}

}  // namespace monoceros::asgi
