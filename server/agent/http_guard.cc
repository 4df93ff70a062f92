// SPDX-License-Identifier: Apache-2.0
#include "agent/http_guard.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <strings.h>

#include <algorithm>
#include <array>

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool NamesLoopback(std::string_view name) {
  const bool address =
      name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
  return address || name == "::1" || SameText(name, "localhost");
}

std::string Hash(std::string_view script) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(script.data()), script.size(), digest.data());
  std::array<unsigned char, 64> text;
  const int length = ::EVP_EncodeBlock(text.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(text.data()), static_cast<size_t>(length)};
}

}  // namespace

std::string_view HostName(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, std::min(host.find(']'), host.size()) - 1);
  return host.substr(0, host.find(':'));
}

Result<void> CheckHost(const HttpRequest& request, bool loopback) {
  if (request.host.empty()) return Fail("the request has no Host");
  if (!loopback || NamesLoopback(HostName(request.host))) return {};
  return Fail(fmt::format("Host: {} is no name of this address; use localhost or 127.0.0.1",
                          HostName(request.host)));
}

Result<void> CheckChange(const HttpRequest& request) {
  if (!request.sec_fetch_site.empty() && request.sec_fetch_site != "same-origin") {
    return Fail("a change must come from this agent's own page (Sec-Fetch-Site)");
  }
  const std::string_view origin = request.origin;
  const size_t scheme = origin.find("://");
  const bool same =
      scheme != std::string_view::npos && SameText(origin.substr(scheme + 3), request.host);
  if (!origin.empty() && !same) {
    return Fail("a change must come from this agent's own page (Origin)");
  }
  const std::string_view type(request.content_type);
  const std::string_view media = type.substr(0, type.find_first_of("; "));
  if (!SameText(media, "application/json")) return Fail("Content-Type must be application/json");
  return {};
}

std::string ContentSecurityPolicy(std::string_view page) {
  std::string scripts;
  for (size_t at = page.find("<script"); at != std::string_view::npos;
       at = page.find("<script", at)) {
    const size_t begin = page.find('>', at);
    const size_t end = page.find("</script>", at);
    if (begin == std::string_view::npos || end == std::string_view::npos) break;
    scripts += fmt::format(" 'sha256-{}'", Hash(page.substr(begin + 1, end - begin - 1)));
    at = end;
  }
  return fmt::format(
      "default-src 'self'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; "
      "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      scripts);
}

}  // namespace monoceros::agent
