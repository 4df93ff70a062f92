// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace monoceros::base {
namespace {

class MemorySink final : public LogSink {
 public:
  void Write(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

TEST(Logger, writes_the_form_of_gunicorn) {
  MemorySink sink;
  Logger log(sink, LogLevel::kInfo, false, "master");
  log.Info("Listening at: {} ({})", "http://127.0.0.1:8000", 7);
  ASSERT_EQ(sink.lines.size(), 1u);
  EXPECT_THAT(sink.lines[0],
              testing::MatchesRegex("\\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} "
                                    "[+-][0-9]{4}\\] \\[[0-9]+\\] \\[INFO\\] "
                                    "Listening at: http://127.0.0.1:8000 \\(7\\)\n"));
  EXPECT_THAT(sink.lines[0], testing::HasSubstr(fmt::format("[{}]", ::getpid())));
}

TEST(Logger, names_every_level) {
  MemorySink sink;
  Logger log(sink, LogLevel::kDebug, false, "master");
  log.Debug("x");
  log.Warning("x");
  log.Error("x");
  log.Critical("x");
  EXPECT_THAT(sink.lines, testing::ElementsAre(
                              testing::HasSubstr("[DEBUG]"), testing::HasSubstr("[WARNING]"),
                              testing::HasSubstr("[ERROR]"), testing::HasSubstr("[CRITICAL]")));
}

TEST(Logger, is_silent_below_its_level) {
  MemorySink sink;
  Logger log(sink, LogLevel::kWarning, false, "master");
  log.Info("x");
  log.Write(LogLevel::kInfo, "x");
  EXPECT_TRUE(sink.lines.empty());
  log.SetLevel(LogLevel::kInfo);
  log.Info("x");
  EXPECT_EQ(sink.lines.size(), 1u);
}

TEST(Logger, writes_one_json_object_a_line) {
  MemorySink sink;
  Logger log(sink, LogLevel::kInfo, true, "router");
  log.Error("first\nsecond \"quoted\"");
  ASSERT_EQ(sink.lines.size(), 1u);
  EXPECT_EQ(sink.lines[0].find('\n'), sink.lines[0].size() - 1);
  const auto line = nlohmann::json::parse(sink.lines[0]);
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["process"], "router");
  EXPECT_EQ(line["pid"], ::getpid());
  EXPECT_EQ(line["message"], "first\nsecond \"quoted\"");
  EXPECT_THAT(line["time"].get<std::string>(),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z"));
}

TEST(Logger, json_survives_bytes_that_are_no_utf8) {
  MemorySink sink;
  Logger log(sink, LogLevel::kInfo, true, "router");
  log.Info("{}", "caf\xE9");
  ASSERT_EQ(sink.lines.size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(sink.lines[0])["message"], "caf\xEF\xBF\xBD");
}

TEST(Logger, ends_a_text_with_exactly_one_newline) {
  MemorySink sink;
  Logger log(sink, LogLevel::kInfo, false, "worker");
  log.Info("Traceback:\n  File\n\n");
  ASSERT_EQ(sink.lines.size(), 1u);
  EXPECT_TRUE(sink.lines[0].ends_with("Traceback:\n  File\n"));
}

TEST(ParseLogLevel, knows_the_names_in_any_case_and_no_others) {
  EXPECT_EQ(ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("Warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("CRITICAL"), LogLevel::kCritical);
  EXPECT_EQ(ParseLogLevel("loud"), std::nullopt);
  EXPECT_EQ(ParseLogLevel(""), std::nullopt);
}

}  // namespace
}  // namespace monoceros::base
