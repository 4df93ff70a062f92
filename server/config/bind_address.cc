// SPDX-License-Identifier: Apache-2.0
#include "config/bind_address.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <sys/un.h>

#include <limits>
#include <optional>

#include "config/units.h"

namespace monoceros::config {
namespace {

using base::Fail;
using base::Result;

constexpr uint16_t kDefaultPort = 8000;
constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view kForms = "use HOST:PORT, [IPV6]:PORT, :PORT, HOST, unix:PATH or fd://N";

bool RemovePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Result<BindAddress> ParseUnix(std::string_view path) {
  RemovePrefix(path, "//");
  if (path.empty()) return Fail("the path of the Unix socket is empty");
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kLongest) {
    return Fail(fmt::format("the path of a Unix socket has at most {} bytes", kLongest));
  }
  return BindAddress{.kind = BindAddress::Kind::kUnix, .path = std::string(path)};
}

Result<BindAddress> ParseInherited(std::string_view number) {
  const std::optional<uint64_t> fd = ParseInteger(number);
  if (!fd || *fd > std::numeric_limits<int>::max())
    return Fail("fd:// needs a descriptor's number");
  return BindAddress{.kind = BindAddress::Kind::kInherited, .fd = static_cast<int>(*fd)};
}

// `text` is empty or begins with the colon.
Result<BindAddress> WithPort(std::string host, std::string_view text) {
  BindAddress address{.host = std::move(host), .port = kDefaultPort};
  if (text.empty()) return address;
  text.remove_prefix(1);
  const std::optional<uint64_t> port = ParseInteger(text);
  if (!port || *port > std::numeric_limits<uint16_t>::max()) {
    return Fail("the port is a number from 0 to 65535");
  }
  address.port = static_cast<uint16_t>(*port);
  return address;
}

Result<BindAddress> ParseBracketed(std::string_view text) {
  const size_t close = text.find(']');
  if (close == std::string_view::npos) return Fail("the bracket is not closed");
  const std::string host(text.substr(1, close - 1));
  const std::string_view rest = text.substr(close + 1);
  in6_addr ignored;
  // A zone ("fe80::1%eth0") is not part of the textual address proper.
  const std::string numeric = host.substr(0, host.find('%'));
  if (::inet_pton(AF_INET6, numeric.c_str(), &ignored) != 1) {
    return Fail("what stands in brackets must be an IPv6 address");
  }
  if (!rest.empty() && rest[0] != ':') return Fail("only :PORT may follow the bracket");
  return WithPort(host, rest);
}

Result<BindAddress> ParseHost(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon != text.rfind(':')) return Fail("write an IPv6 address in brackets: [::1]:8000");
  std::string host(text.substr(0, colon));
  if (host.find_first_not_of(kHostCharacters) != std::string::npos) {
    return Fail(std::string(kForms));
  }
  if (colon == std::string_view::npos && ParseInteger(host)) {
    return Fail(fmt::format("a port alone is written :{}", host));
  }
  if (host.empty()) host = "0.0.0.0";
  return WithPort(host, colon == std::string_view::npos ? "" : text.substr(colon));
}

}  // namespace

std::string BindAddress::ToText() const {
  if (kind == Kind::kUnix) return "unix:" + path;
  if (kind == Kind::kInherited) return fmt::format("fd://{}", fd);
  const bool brackets = host.find(':') != std::string::npos;
  return brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<BindAddress> ParseBindAddress(std::string_view text) {
  if (RemovePrefix(text, "unix:")) return ParseUnix(text);
  if (RemovePrefix(text, "fd://")) return ParseInherited(text);
  RemovePrefix(text, "tcp://");
  if (text.empty()) return Fail(std::string(kForms));
  return text[0] == '[' ? ParseBracketed(text) : ParseHost(text);
}

}  // namespace monoceros::config
