// SPDX-License-Identifier: Apache-2.0
#include "runtime/micro_time.h"

#include <fmt/format.h>

#include <ctime>

namespace monoceros::runtime {

std::string MicroTime(std::chrono::system_clock::time_point time) {
  using std::chrono::microseconds;
  using std::chrono::seconds;
  const auto whole = std::chrono::floor<seconds>(time);
  const auto rest = std::chrono::duration_cast<microseconds>(time - whole);
  const std::time_t moment = std::chrono::system_clock::to_time_t(whole);
  std::tm utc{};
  ::gmtime_r(&moment, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     rest.count());
}

}  // namespace monoceros::runtime
