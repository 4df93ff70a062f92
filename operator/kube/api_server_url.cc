// SPDX-License-Identifier: Apache-2.0
#include "kube/api_server_url.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace monoceros::kube {
namespace {

tl::unexpected<base::Error> Refuse(const std::string& url, std::string_view why) {
  return base::Fail(fmt::format("server: {}: {}", url, why));
}

bool IsLoopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "host", "host:port", "[address]" or "[address]:port"; false: none of them.
bool SplitAuthority(std::string_view authority, ApiServerUrl& url) {
  size_t end = authority.find(':');
  if (!authority.empty() && authority.front() == '[') {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    url.host = authority.substr(1, close - 1);
    end = close + 1;
  } else {
    url.host = authority.substr(0, end);
  }
  const std::string_view rest = end < authority.size() ? authority.substr(end) : "";
  if (rest.empty()) return !url.host.empty();
  url.port = rest.substr(1);
  return !url.host.empty() && rest.front() == ':' && IsPort(url.port);
}

}  // namespace

base::Result<ApiServerUrl> ParseApiServerUrl(const std::string& url) {
  ApiServerUrl parts;
  const size_t scheme = url.find("://");
  const std::string name = url.substr(0, scheme == std::string::npos ? 0 : scheme);
  if (name != "https" && name != "http") {
    return Refuse(url, "not a URL; expected https://HOST[:PORT]");
  }
  parts.plain = name == "http";
  parts.port = parts.plain ? "80" : "443";
  const std::string_view rest = std::string_view(url).substr(scheme + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  if (!SplitAuthority(rest.substr(0, slash), parts)) {
    return Refuse(url, "no host and port in it; expected https://HOST[:PORT]");
  }
  parts.base_path = rest.substr(slash);
  while (!parts.base_path.empty() && parts.base_path.back() == '/') parts.base_path.pop_back();
  if (parts.plain && !IsLoopback(parts.host)) {
    return Refuse(url, "http is accepted for loopback addresses only; use https");
  }
  return parts;
}

}  // namespace monoceros::kube
