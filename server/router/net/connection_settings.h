// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "config/settings.h"
#include "router/http/request_parser.h"

namespace monoceros::router {

// What connections need of the settings, in their units: ns and bytes. 0: no limit.
struct ConnectionSettings {
  http::Limits limits;
  uint64_t body_memory = 0;
  std::string spool_directory;
  base::Nanoseconds header_timeout = 0;
  base::Nanoseconds body_timeout = 0;
  base::Nanoseconds keepalive = 0;
  base::Nanoseconds keepalive_max_age = 0;
  base::Nanoseconds send_timeout = 0;
  bool server_timing = false;
  std::string health_path;  // answered by the router; empty: none
};

ConnectionSettings MakeConnectionSettings(const config::Settings& settings);

}  // namespace monoceros::router
