// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monoceros::config {

// One address to listen on.
struct BindAddress {
  enum class Kind { kTcp, kUnix, kInherited };
  Kind kind = Kind::kTcp;
  std::string host;   // kTcp: an IPv4 or IPv6 address without brackets, or a name to resolve
  uint16_t port = 0;  // kTcp; 0: any free port
  std::string path;   // kUnix
  int fd = -1;        // kInherited: a listening socket that our parent left open

  // The form that is parsed: "127.0.0.1:8000", "[::1]:8000", "unix:/run/app.sock", "fd://3".
  std::string ToText() const;
  bool operator==(const BindAddress&) const = default;
};

// HOST:PORT, [IPV6]:PORT, :PORT (all IPv4 interfaces), HOST or [IPV6] (port 8000), unix:PATH,
// fd://N. A leading tcp:// is allowed. The error says what is wrong, without repeating the text.
base::Result<BindAddress> ParseBindAddress(std::string_view text);

}  // namespace monoceros::config
