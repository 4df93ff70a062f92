// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <strings.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace monoceros::base {
namespace {

constexpr std::array<const char*, 5> kNames = {"debug", "info", "warning", "error", "critical"};
constexpr std::array<const char*, 5> kCapitals = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

std::string FormatTime(const char* pattern, const std::tm& time) {
  std::array<char, 64> text;
  return std::string(text.data(), std::strftime(text.data(), text.size(), pattern, &time));
}

std::string TextLine(LogLevel level, std::string_view text) {
  const std::time_t now = ::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return fmt::format("[{}] [{}] [{}] {}\n", FormatTime("%Y-%m-%d %H:%M:%S %z", local), ::getpid(),
                     kCapitals[static_cast<size_t>(level)], text);
}

std::string UtcTime() {
  const Nanoseconds now = ReadClock(CLOCK_REALTIME);
  const std::time_t seconds = now / kNanosecondsPerSecond;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{}.{:03}Z", FormatTime("%Y-%m-%dT%H:%M:%S", utc),
                     now % kNanosecondsPerSecond / kNanosecondsPerMillisecond);
}

std::string JsonLine(LogLevel level, const std::string& process, std::string_view text) {
  const nlohmann::ordered_json line = {{"time", UtcTime()},
                                       {"level", kNames[static_cast<size_t>(level)]},
                                       {"process", process},
                                       {"pid", ::getpid()},
                                       {"message", text}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (::strcasecmp(std::string(name).c_str(), kNames[i]) == 0) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

Logger::Logger(LogSink& sink, LogLevel level, bool json, std::string process)
    : sink_(sink), level_(level), json_(json), process_(std::move(process)) {}

void Logger::Write(LogLevel level, std::string_view text) {
  if (!Enabled(level)) return;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  sink_.Write(json_ ? JsonLine(level, process_, text) : TextLine(level, text));
}

}  // namespace monoceros::base
