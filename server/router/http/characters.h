// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace monoceros::router::http {

// Sets of characters that RFC 9110 and RFC 3986 name; a character may be in several.
enum CharacterSet : uint8_t {
  kToken = 1,         // tchar, RFC 9110 section 5.6.2
  kUnderscore = 2,    // '_', which a WSGI environ cannot tell from '-'
  kConventional = 4,  // tchar that is no lower-case letter and not '#': what methods are made of
  kVisible = 8,       // %x21-7E
  kHostName = 16,     // unreserved and sub-delims, RFC 3986 section 2
  kDigit = 32,
  kHexDigit = 64,
};

namespace internal {

constexpr bool Contains(std::string_view set, int c) {
  return set.find(static_cast<char>(c)) != std::string_view::npos;
}

constexpr std::array<uint8_t, 256> MakeCharacterSets() {
  std::array<uint8_t, 256> sets{};
  for (int c = 0x21; c < 0x7f; ++c) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool digit = c >= '0' && c <= '9';
    const bool alphanumeric = lower || digit || (c >= 'A' && c <= 'Z');
    const bool token = alphanumeric || Contains("!#$%&'*+-.^_`|~", c);
    sets[c] = kVisible;
    if (token) sets[c] |= kToken;
    if (token && !lower && c != '#') sets[c] |= kConventional;
    if (alphanumeric || Contains("-._~!$&'()*+,;=", c)) sets[c] |= kHostName;
    if (digit) sets[c] |= kDigit;
    if (digit || Contains("abcdefABCDEF", c)) sets[c] |= kHexDigit;
  }
  sets['_'] |= kUnderscore;
  return sets;
}

inline constexpr std::array<uint8_t, 256> kCharacterSets = MakeCharacterSets();

}  // namespace internal

// The sets that `c` is in.
constexpr uint8_t SetsOf(char c) { return internal::kCharacterSets[static_cast<uint8_t>(c)]; }

constexpr bool In(CharacterSet set, char c) { return (SetsOf(c) & set) != 0; }

constexpr bool AllIn(CharacterSet set, std::string_view text) {
  uint8_t common = set;
  for (const char c : text) common &= SetsOf(c);
  return common != 0;
}

constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Compares field names and tokens; `lower` is in lower case.
constexpr bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (ToLower(text[i]) != lower[i]) return false;
  }
  return true;
}

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Without the optional white space (SP, HTAB) around it.
constexpr std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Calls `visit` with each element of a comma-separated list (RFC 9110 section 5.6.1), trimmed;
// elements may be empty.
template <typename Visit>
constexpr void ForEachElement(std::string_view list, Visit&& visit) {
  while (true) {
    const size_t comma = list.find(',');
    visit(Trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace monoceros::router::http
