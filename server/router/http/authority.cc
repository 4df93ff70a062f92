// SPDX-License-Identifier: Apache-2.0
#include "router/http/authority.h"

#include <arpa/inet.h>

#include <cstring>

#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

bool IsPort(std::string_view digits) {
  if (digits.size() > 5 || !AllIn(kDigit, digits)) return false;
  int port = 0;
  for (const char c : digits) port = port * 10 + (c - '0');
  return port <= 65535;
}

bool IsIpv6(std::string_view address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.size() >= sizeof(text)) return false;
  std::memcpy(text, address.data(), address.size());
  in6_addr parsed;
  return ::inet_pton(AF_INET6, text, &parsed) == 1;
}

bool IsRegisteredName(std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    if (In(kHostName, name[i])) continue;
    if (name[i] != '%' || name.size() - i < 3 || !AllIn(kHexDigit, name.substr(i + 1, 2))) {
      return false;
    }
    i += 2;
  }
  return !name.empty();
}

}  // namespace

bool IsAuthority(std::string_view text) {
  const bool literal = text.starts_with('[');
  const size_t host_end = literal ? text.find(']') : text.find(':');
  if (literal && host_end == std::string_view::npos) return false;
  const std::string_view host = text.substr(0, host_end);
  if (literal ? !IsIpv6(host.substr(1)) : !IsRegisteredName(host)) return false;
  if (!literal) return host.size() == text.size() || IsPort(text.substr(host.size() + 1));
  const std::string_view rest = text.substr(host_end + 1);
  return rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1)));
}

}  // namespace monoceros::router::http
