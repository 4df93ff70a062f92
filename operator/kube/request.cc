// SPDX-License-Identifier: Apache-2.0
#include "kube/request.h"

#include <array>

namespace monoceros::kube {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

std::string ResourcePath(const Resource& resource, const Key& key, std::string_view subresource) {
  std::string path = resource.group.empty() ? "/api" : "/apis/" + std::string(resource.group);
  path += "/" + std::string(resource.version);
  if (!key.ns.empty()) path += "/namespaces/" + PercentEncoded(key.ns);
  path += "/" + std::string(resource.plural);
  if (!key.name.empty()) path += "/" + PercentEncoded(key.name);
  if (!subresource.empty()) path += "/" + PercentEncoded(subresource);
  return path;
}

std::string WithQuery(std::string path, const Query& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += separator;
    path += std::string(name) + "=" + PercentEncoded(value);
    separator = '&';
  }
  return path;
}

std::string Serialized(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace monoceros::kube
