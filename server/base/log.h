// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace monoceros::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kCritical };

// "debug", "info", "warning", "error" or "critical", in any case; nothing for other names.
std::optional<LogLevel> ParseLogLevel(std::string_view name);

// Where finished lines go. Thread-safe; never blocks its caller on a reader that does not read.
class LogSink {
 public:
  virtual ~LogSink() = default;
  // `line` ends with a newline.
  virtual void Write(std::string_view line) = 0;
};

// The error log: one line per event in Gunicorn's form
//   [2026-11-21 03:38:34 +0000] [pid] [INFO] text
// or, with `json`, one JSON object with time, level, process, pid and message. A text of several
// lines (a traceback) stays several lines in the first form. Thread-safe.
class Logger {
 public:
  // `process` is "master", "router", "template" or "worker"; `sink` outlives the logger.
  Logger(LogSink& sink, LogLevel level, bool json, std::string process);

  bool Enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  void SetLevel(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  void Write(LogLevel level, std::string_view text);

  template <typename... Args>
  void Debug(fmt::format_string<Args...> pattern, Args&&... args) {
    Format(LogLevel::kDebug, pattern, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Info(fmt::format_string<Args...> pattern, Args&&... args) {
    Format(LogLevel::kInfo, pattern, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Warning(fmt::format_string<Args...> pattern, Args&&... args) {
    Format(LogLevel::kWarning, pattern, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Error(fmt::format_string<Args...> pattern, Args&&... args) {
    Format(LogLevel::kError, pattern, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Critical(fmt::format_string<Args...> pattern, Args&&... args) {
    Format(LogLevel::kCritical, pattern, std::forward<Args>(args)...);
  }

 private:
  template <typename... Args>
  void Format(LogLevel level, fmt::format_string<Args...> pattern, Args&&... args) {
    if (Enabled(level)) Write(level, fmt::format(pattern, std::forward<Args>(args)...));
  }

  LogSink& sink_;
  std::atomic<LogLevel> level_;
  bool json_;
  std::string process_;
};

}  // namespace monoceros::base
