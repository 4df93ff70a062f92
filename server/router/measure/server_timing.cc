// SPDX-License-Identifier: Apache-2.0
#include "router/measure/server_timing.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace monoceros::router {

void AppendServerTiming(const TimeSplit& split, std::string& out) {
  const std::pair<std::string_view, base::Nanoseconds> parts[] = {{"queue", split.queue},
                                                                  {"gil", split.gil_wait},
                                                                  {"cpu", split.cpu},
                                                                  {"runq", split.run_queue},
                                                                  {"other", split.other}};
  std::string_view before = "Server-Timing: ";
  for (const auto& [name, duration] : parts) {
    if (duration < 0) continue;
    const base::Nanoseconds microseconds = duration / 1000;
    fmt::format_to(std::back_inserter(out), "{}{};dur={}.{:03}", before, name, microseconds / 1000,
                   microseconds % 1000);
    before = ", ";
  }
  if (before == ", ") out.append("\r\n");
}

}  // namespace monoceros::router
