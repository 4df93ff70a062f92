// SPDX-License-Identifier: Apache-2.0
#include "worker/http/response_fields.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "worker/http/field_name.h"

namespace monoceros::http {
namespace {

constexpr std::array<std::string_view, 7> kHopByHop = {
    "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te",         "trailers",           "transfer-encoding",
    "upgrade"};

constexpr auto kTokenCharacters = [] {
  std::array<bool, 256> allowed{};
  for (int c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) allowed[c] = allowed[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) allowed[c] = true;
  return allowed;
}();

bool IsToken(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return kTokenCharacters[c]; });
}

bool IsHopByHop(const channel::Field& field) {
  if (EqualsIgnoringCase(field.name, "connection")) {
    return !EqualsIgnoringCase(field.value, "close");
  }
  return std::any_of(kHopByHop.begin(), kHopByHop.end(),
                     [&](std::string_view name) { return EqualsIgnoringCase(field.name, name); });
}

std::optional<uint64_t> ParseLength(std::string_view text) {
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

}  // namespace

bool HasControls(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

void ResponseFields::Clear() {
  head_.fields.clear();
  content_length_.reset();
  keep_upgrade_ = has_upgrade_ = false;
}

ResponseFields::Verdict ResponseFields::Add(channel::Field field) {
  if (!IsToken(field.name)) return Verdict::kBadName;
  if (HasControls(field.value)) return Verdict::kBadValue;
  if (EqualsIgnoringCase(field.name, "content-length")) {
    const std::optional<uint64_t> length = ParseLength(field.value);
    if (!length || (content_length_ && content_length_ != length)) return Verdict::kBadLength;
    if (content_length_) return Verdict::kGood;
    content_length_ = length;
  }
  const bool upgrade = keep_upgrade_ && EqualsIgnoringCase(field.name, "upgrade");
  has_upgrade_ = has_upgrade_ || upgrade;
  if (upgrade || !IsHopByHop(field)) head_.fields.push_back(field);
  return Verdict::kGood;
}

bool ResponseFields::Has(std::string_view lower_case) const {
  return std::any_of(head_.fields.begin(), head_.fields.end(), [&](const channel::Field& field) {
    return EqualsIgnoringCase(field.name, lower_case);
  });
}

void ResponseFields::Encode(uint16_t status, std::string_view reason, std::string& bytes) {
  head_.status = status;
  head_.reason = reason;
  channel::Encode(head_, bytes);
}

void ResponseFields::EncodeTrailers(std::string& bytes) const {
  channel::EncodeFields(head_.fields, bytes);
}

}  // namespace monoceros::http
