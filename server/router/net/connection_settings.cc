// SPDX-License-Identifier: Apache-2.0
#include "router/net/connection_settings.h"

#include <cstdlib>

namespace monoceros::router {
namespace {

std::string SpoolDirectory(const config::Settings& settings) {
  if (!settings.spool_dir.empty()) return settings.spool_dir;
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

}  // namespace

ConnectionSettings MakeConnectionSettings(const config::Settings& settings) {
  ConnectionSettings made;
  made.limits.request_line = static_cast<size_t>(settings.limit_request_line);
  made.limits.fields = static_cast<size_t>(settings.limit_request_fields);
  made.limits.field_size = static_cast<size_t>(settings.limit_request_field_size);
  made.limits.max_body = settings.max_body;
  made.body_memory = settings.body_memory;
  made.spool_directory = SpoolDirectory(settings);
  made.header_timeout = base::FromSeconds(settings.header_timeout);
  made.body_timeout = base::FromSeconds(settings.body_timeout);
  made.keepalive = base::FromSeconds(settings.keepalive);
  made.keepalive_max_age = base::FromSeconds(settings.keepalive_max_age);
  made.send_timeout = base::FromSeconds(settings.send_timeout);
  made.server_timing = settings.server_timing;
  made.health_path = settings.health_path;
  return made;
}

}  // namespace monoceros::router
