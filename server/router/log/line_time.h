// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <ctime>
#include <string>
#include <string_view>

namespace monoceros::router {

// The time of day as text, formatted at most once a second. One thread.
class LineTime {
 public:
  // `pattern` is strftime's; `utc` chooses between UTC and local time.
  LineTime(std::string pattern, bool utc) : pattern_(std::move(pattern)), utc_(utc) {}

  // Valid until the next call.
  std::string_view Text() {
    const std::time_t now = ::time(nullptr);
    if (now != second_) Format(now);
    return text_;
  }

 private:
  void Format(std::time_t now) {
    std::tm parts{};
    utc_ ? ::gmtime_r(&now, &parts) : ::localtime_r(&now, &parts);
    std::array<char, 64> text;
    text_.assign(text.data(), std::strftime(text.data(), text.size(), pattern_.c_str(), &parts));
    second_ = now;
  }

  std::string pattern_;
  bool utc_;
  std::time_t second_ = -1;
  std::string text_;
};

}  // namespace monoceros::router
