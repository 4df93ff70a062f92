// SPDX-License-Identifier: Apache-2.0
#include "router/log/escape.h"

#include <fmt/format.h>

#include <iterator>

namespace monoceros::router {
namespace {

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// Runs of plain bytes, by far the most, are appended whole; `append_other` gets every other byte.
template <typename AppendOther>
void AppendRuns(std::string_view text, std::string& out, AppendOther append_other) {
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsPlain(text[i])) continue;
    out.append(text.substr(begin, i - begin));
    append_other(text[i]);
    begin = i + 1;
  }
  out.append(text.substr(begin));
}

bool IsQuoteOrBackslash(char c) { return c == '"' || c == '\\'; }

}  // namespace

void AppendEscaped(std::string_view text, std::string& out) {
  AppendRuns(text, out, [&out](char c) {
    if (IsQuoteOrBackslash(c)) {
      out.append({'\\', c});
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
    }
  });
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  AppendRuns(text, out, [&out](char c) {
    if (IsQuoteOrBackslash(c)) {
      out.append({'\\', c});
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
  });
  out += '"';
}

}  // namespace monoceros::router
