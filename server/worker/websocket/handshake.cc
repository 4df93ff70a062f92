// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "worker/http/field_name.h"
#include "worker/http/upgrade.h"
#include "worker/websocket/tokens.h"

namespace monoceros::websocket {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
// 16 bytes in base64: 22 characters and the padding.
constexpr size_t kKeyCharacters = 22;

bool Names(std::string_view list, std::string_view lower_case) {
  while (!list.empty()) {
    if (http::EqualsIgnoringCase(NextMember(list, ','), lower_case)) return true;
  }
  return false;
}

bool IsBase64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

bool IsKey(std::string_view key) {
  return key.size() == kKeyCharacters + 2 && key.substr(kKeyCharacters) == "==" &&
         std::all_of(key.begin(), key.begin() + kKeyCharacters, IsBase64);
}

void ReadSubprotocols(std::string_view list, std::vector<std::string_view>& subprotocols) {
  while (!list.empty()) {
    const std::string_view name = NextMember(list, ',');
    if (!name.empty()) subprotocols.push_back(name);
  }
}

}  // namespace

bool AsksForWebSocket(const channel::RequestHead& head) {
  return head.method == "GET" && Names(http::UpgradeOf(head), "websocket");
}

Handshake ReadHandshake(const channel::RequestHead& head) {
  Handshake handshake;
  for (const auto& [name, value] : head.fields) {
    if (http::EqualsIgnoringCase(name, "sec-websocket-key")) {
      // Twice is as good as wrong: "MUST NOT appear more than once" (section 11.3.1).
      handshake.key = handshake.key.empty() ? value : std::string_view("twice");
    } else if (http::EqualsIgnoringCase(name, "sec-websocket-version")) {
      handshake.version = value;
    } else if (http::EqualsIgnoringCase(name, "sec-websocket-protocol")) {
      ReadSubprotocols(value, handshake.subprotocols);
    } else if (http::EqualsIgnoringCase(name, "sec-websocket-extensions")) {
      handshake.extensions.append(handshake.extensions.empty() ? "" : ",").append(value);
    }
  }
  return handshake;
}

uint16_t RefusalOf(const Handshake& handshake) {
  constexpr uint16_t kBadRequest = 400;
  constexpr uint16_t kUpgradeRequired = 426;
  if (handshake.version != kVersion) return kUpgradeRequired;
  return IsKey(handshake.key) ? 0 : kBadRequest;
}

std::string AcceptValue(std::string_view key) {
  const std::string text = std::string(key).append(kGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded{};
  const int length = ::EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<size_t>(length)};
}

}  // namespace monoceros::websocket
