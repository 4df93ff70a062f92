// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/deflate_offer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "worker/http/field_name.h"
#include "worker/websocket/tokens.h"

namespace monoceros::websocket {
namespace {

// One offer as the client made it (RFC 7692 section 7.1).
struct Offer {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_window_bits;
  bool client_names_window = false;  // it understands client_max_window_bits in the answer
  std::optional<int> client_window_bits;
};

// "a decimal integer value without leading zeroes between 8 to 15 inclusive"
std::optional<int> ParseBits(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  int bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.front() == '0' || bits < 8 || bits > 15) return std::nullopt;
  return bits;
}

bool SetOnce(bool& flag, bool has_value) { return !has_value && !std::exchange(flag, true); }

bool TakeParameter(std::string_view name, std::optional<std::string_view> value, Offer& offer) {
  if (http::EqualsIgnoringCase(name, "server_no_context_takeover")) {
    return SetOnce(offer.server_no_context_takeover, value.has_value());
  }
  if (http::EqualsIgnoringCase(name, "client_no_context_takeover")) {
    return SetOnce(offer.client_no_context_takeover, value.has_value());
  }
  if (http::EqualsIgnoringCase(name, "server_max_window_bits")) {
    if (offer.server_window_bits || !value) return false;
    offer.server_window_bits = ParseBits(*value);
    return offer.server_window_bits.has_value();
  }
  if (!http::EqualsIgnoringCase(name, "client_max_window_bits")) return false;
  if (std::exchange(offer.client_names_window, true)) return false;
  if (!value) return true;
  offer.client_window_bits = ParseBits(*value);
  return offer.client_window_bits.has_value();
}

std::optional<Offer> ParseOffer(std::string_view text) {
  if (!http::EqualsIgnoringCase(NextMember(text, ';'), "permessage-deflate")) return std::nullopt;
  Offer offer;
  while (!text.empty()) {
    std::string_view parameter = NextMember(text, ';');
    const bool has_value = parameter.find('=') != std::string_view::npos;
    const std::string_view name = NextMember(parameter, '=');
    const std::string_view value = NextMember(parameter, ';');
    if (!TakeParameter(name, has_value ? std::optional(value) : std::nullopt, offer)) {
      return std::nullopt;
    }
  }
  return offer;
}

DeflateParameters Agree(const Offer& offer) {
  DeflateParameters agreed;
  agreed.server_no_context_takeover = offer.server_no_context_takeover;
  agreed.client_no_context_takeover = offer.client_no_context_takeover;
  agreed.server_window_bits = std::min(offer.server_window_bits.value_or(15), kWindowBits);
  // A client that does not name its window must not be told one (section 7.1.2.2).
  if (offer.client_names_window) {
    agreed.client_window_bits = std::min(offer.client_window_bits.value_or(15), kWindowBits);
  }
  return agreed;
}

std::string Describe(const DeflateParameters& agreed, bool client_names_window) {
  std::string text = "permessage-deflate";
  if (agreed.server_no_context_takeover) text += "; server_no_context_takeover";
  if (agreed.client_no_context_takeover) text += "; client_no_context_takeover";
  text += fmt::format("; server_max_window_bits={}", agreed.server_window_bits);
  if (client_names_window) {
    text += fmt::format("; client_max_window_bits={}", agreed.client_window_bits);
  }
  return text;
}

}  // namespace

std::optional<DeflateParameters> AcceptDeflate(std::string_view offers, std::string& answer) {
  // zlib makes no raw stream with a window of 256 bytes.
  constexpr int kSmallestWindowBits = 9;
  while (!offers.empty()) {
    const std::optional<Offer> offer = ParseOffer(NextMember(offers, ','));
    if (!offer || offer->server_window_bits.value_or(15) < kSmallestWindowBits) continue;
    const DeflateParameters agreed = Agree(*offer);
    answer = Describe(agreed, offer->client_names_window);
    return agreed;
  }
  return std::nullopt;
}

}  // namespace monoceros::websocket
