// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <ctime>

#include "router/http/response_head.h"

namespace monoceros::router::http {
namespace {

constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string_view DateCache::Line(base::Nanoseconds now) {
  if (now < valid_until_) return line_;
  const base::Nanoseconds wall = base::ReadClock(CLOCK_REALTIME);
  const std::time_t seconds = wall / base::kNanosecondsPerSecond;
  std::tm utc;
  ::gmtime_r(&seconds, &utc);
  line_ = fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n", kDays[utc.tm_wday],
                      utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                      utc.tm_sec);
  valid_until_ = now + base::kNanosecondsPerSecond - wall % base::kNanosecondsPerSecond;
  return line_;
}

}  // namespace monoceros::router::http
