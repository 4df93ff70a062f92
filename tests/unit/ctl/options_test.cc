// SPDX-License-Identifier: Apache-2.0
#include "ctl/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace monoceros::ctl {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::variant<Options, int> Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "monoctl");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto parsed = ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(ParseCommandLine, reads_what_each_command_takes) {
  EXPECT_EQ(std::get<Options>(Parse({"scale", "4"})).number, 4u);
  EXPECT_EQ(std::get<Options>(Parse({"restart", "3"})).slot, 3u);
  EXPECT_TRUE(std::get<Options>(Parse({"stacks", "0", "--last-timeout"})).last_timeout);
  EXPECT_EQ(std::get<Options>(Parse({"drain", "--graceful", "1.5"})).graceful, 1.5);
  EXPECT_THAT(std::get<Options>(Parse({"set", "timeout=60", "errorlog=a=b"})).settings,
              ElementsAre(Pair("errorlog", "a=b"), Pair("timeout", "60")));
}

TEST(ParseCommandLine, takes_common_flags_before_and_after_the_command) {
  for (const auto& words : {std::vector<std::string>{"-o", "json", "status"},
                            std::vector<std::string>{"status", "-o", "json"}}) {
    const auto options = std::get<Options>(Parse(words));
    EXPECT_EQ(options.command, "status");
    EXPECT_EQ(options.form, Form::kJson);
  }
}

TEST(ParseCommandLine, a_flag_about_the_place_hides_the_environment) {
  ::setenv("MONOCTL_SERVER", "pod:1", 1);
  ::setenv("MONOCEROS_RUN_DIR", "/run/other", 1);
  const auto named = std::get<Options>(Parse({"status", "--run-dir", "/run/mine"}));
  const auto unnamed = std::get<Options>(Parse({"status"}));
  ::unsetenv("MONOCTL_SERVER");
  ::unsetenv("MONOCEROS_RUN_DIR");
  EXPECT_EQ(named.server, "");
  EXPECT_EQ(named.run_dir, "/run/mine");
  EXPECT_EQ(unnamed.server, "pod:1");
}

TEST(ParseCommandLine, ends_with_2_when_it_is_wrong_and_with_0_after_help) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"dance"},
                                                                 {"scale"},
                                                                 {"scale", "0"},
                                                                 {"scale", "many"},
                                                                 {"set", "timeout"},
                                                                 {"set", "=1"},
                                                                 {"status", "-o", "xml"},
                                                                 {"completion", "csh"}}) {
    EXPECT_EQ(std::get<int>(Parse(words)), 2) << testing::PrintToString(words);
  }
  EXPECT_EQ(std::get<int>(Parse({"--help"})), 0);
  EXPECT_EQ(std::get<int>(Parse({"scale", "--help"})), 0);
}

}  // namespace
}  // namespace monoceros::ctl
