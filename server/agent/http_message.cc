// SPDX-License-Identifier: Apache-2.0
#include "agent/http_message.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/error_codes.h"

namespace monoceros::agent {
namespace {

std::optional<std::string> Decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned value = 0;
    const char* begin = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) {
      return std::nullopt;
    }
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

bool ParseQuery(std::string_view text, std::map<std::string, std::string>& query) {
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(field.size() + 1, text.size()));
    if (field.empty()) continue;
    const size_t equals = std::min(field.find('='), field.size());
    const auto name = Decode(field.substr(0, equals), true);
    const auto value = Decode(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) return false;
    query.emplace(*name, *value);
  }
  return true;
}

}  // namespace

bool HttpRequest::Asks(const std::string& name) const {
  const auto found = query.find(name);
  return found != query.end() && !found->second.empty() && found->second != "0" &&
         found->second != "false";
}

bool ParseTarget(std::string_view target, HttpRequest& request) {
  if (!target.starts_with('/')) return false;
  const size_t mark = std::min(target.find('?'), target.size());
  auto path = Decode(target.substr(0, mark), false);
  if (!path) return false;
  request.path = std::move(*path);
  return ParseQuery(target.substr(std::min(mark + 1, target.size())), request.query);
}

HttpResponse ErrorResponse(std::string_view code, const std::string& message) {
  const nlohmann::json body = {{"code", code}, {"message", message}};
  return {.status = FindErrorCode(code).http,
          .content_type = "application/json",
          .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

}  // namespace monoceros::agent
