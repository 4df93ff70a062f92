// SPDX-License-Identifier: Apache-2.0
#include "config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace monoceros::config {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

std::map<std::string, Texts> ReadArguments(std::vector<std::string> arguments) {
  std::map<std::string, Texts> values;
  const auto line = ReadCommandLine(std::move(arguments), "command line");
  if (!line) return {{"error", {line.error().message}}};
  for (const Assignment& assignment : line->assignments) {
    values[std::string(assignment.setting->name)] = assignment.texts;
  }
  return values;
}

std::string Error(std::vector<std::string> arguments) {
  const auto line = ReadCommandLine(std::move(arguments), "command line");
  return line ? "no error" : line.error().message;
}

using Values = std::map<std::string, Texts>;

TEST(CommandLine, reads_short_and_long_flags_in_every_spelling) {
  for (const Texts& arguments :
       {Texts{"-w", "4"}, Texts{"-w4"}, Texts{"--workers", "4"}, Texts{"--workers=4"}}) {
    EXPECT_EQ(ReadArguments(arguments), (Values{{"workers", {"4"}}})) << arguments.front();
  }
}

TEST(CommandLine, the_application_may_stand_anywhere) {
  const Values expected = {{"workers", {"4"}}, {"wsgi_app", {"shop.wsgi:app"}}};
  EXPECT_EQ(ReadArguments({"shop.wsgi:app", "-w", "4"}), expected);
  EXPECT_EQ(ReadArguments({"-w", "4", "shop.wsgi:app"}), expected);
  EXPECT_EQ(ReadArguments({"-w", "4", "--", "shop.wsgi:app"}), expected);
}

TEST(CommandLine, lists_grow_and_other_flags_take_the_last) {
  EXPECT_EQ(ReadArguments({"-b", ":80", "--bind", "unix:/x", "-b:81"})["bind"],
            (Texts{":80", "unix:/x", ":81"}));
  EXPECT_EQ(ReadArguments({"-w", "1", "-w", "2"})["workers"], Texts{"2"});
}

TEST(CommandLine, a_list_flag_takes_one_address_and_leaves_the_application) {
  EXPECT_EQ(ReadArguments({"-b", ":80", "app:app"}),
            (Values{{"bind", {":80"}}, {"wsgi_app", {"app:app"}}}));
}

TEST(CommandLine, a_bare_preload_is_on_and_leaves_the_application) {
  EXPECT_EQ(ReadArguments({"--preload", "app:app"}),
            (Values{{"preload_app", {"on"}}, {"wsgi_app", {"app:app"}}}));
  EXPECT_EQ(ReadArguments({"--preload=off"})["preload_app"], Texts{"off"});
  EXPECT_EQ(ReadArguments({"--preload=auto"})["preload_app"], Texts{"auto"});
  EXPECT_EQ(ReadArguments({"--preload", "--preload=auto"})["preload_app"], Texts{"auto"});
}

TEST(CommandLine, flags_without_operand_stand_for_their_value) {
  EXPECT_EQ(ReadArguments({"--no-sendfile"})["sendfile"], Texts{"false"});
  EXPECT_EQ(ReadArguments({"--log-json"})["log_json"], Texts{"true"});
}

TEST(CommandLine, values_may_begin_with_a_dash_where_they_are_attached) {
  EXPECT_EQ(ReadArguments({"--access-logfile", "-"})["accesslog"], Texts{"-"});
  EXPECT_EQ(ReadArguments({"--access-logfile=-"})["accesslog"], Texts{"-"});
}

TEST(CommandLine, every_flag_of_the_table_is_read) {
  for (const Setting& setting : SettingsTable()) {
    if (setting.flags.empty()) continue;
    const std::string flags(setting.flags);
    for (size_t begin = 0; begin < flags.size();) {
      const size_t end = std::min(flags.find(", ", begin), flags.size());
      Texts arguments = {flags.substr(begin, end - begin)};
      if (setting.implied.empty()) arguments.push_back("VALUE");
      EXPECT_EQ(ReadArguments(arguments).count(std::string(setting.name)), 1u) << arguments[0];
      begin = end + 2;
    }
  }
}

TEST(CommandLine, refuses_flags_of_gunicorn_that_are_not_supported_by_name) {
  for (const Texts& arguments : {Texts{"--certfile", "x.pem", "app"}, Texts{"--certfile=x.pem"},
                                 Texts{"app", "--certfile"}}) {
    EXPECT_EQ(Error(arguments),
              "command line: --certfile cannot be used: Gunicorn's setting certfile is known but "
              "not supported in this release.");
  }
  EXPECT_THAT(Error({"-D"}), HasSubstr("setting daemon"));
  EXPECT_THAT(Error({"-uwww"}), HasSubstr("-u cannot be used: Gunicorn's setting user"));
  EXPECT_THAT(Error({"--reload"}), HasSubstr("setting reload"));
  EXPECT_THAT(Error({"--paster", "x"}), HasSubstr("setting paste"));
}

TEST(CommandLine, refuses_unknown_flags_and_proposes_the_nearest) {
  EXPECT_EQ(Error({"--wokers", "4"}),
            "command line: there is no option --wokers. Did you mean --workers? See monoceros "
            "--help.");
  EXPECT_THAT(Error({"-Z"}), HasSubstr("no option -Z"));
}

TEST(CommandLine, refuses_a_second_application) {
  EXPECT_THAT(Error({"app:app", "other"}), HasSubstr("what is \"other\"?"));
}

TEST(CommandLine, refuses_a_flag_whose_value_is_missing) {
  EXPECT_EQ(Error({"app", "--workers"}), "command line: --workers needs a value");
  EXPECT_EQ(Error({"-w", "--threads", "4", "app"}),
            "command line: -w, --workers needs a value, and --threads is none");
}

TEST(CommandLine, reads_what_to_do) {
  EXPECT_TRUE(ReadCommandLine({"--check-config"}, "x")->check_config);
  EXPECT_TRUE(ReadCommandLine({"--print-config"}, "x")->print_config);
  EXPECT_TRUE(ReadCommandLine({"-h"}, "x")->help);
  EXPECT_TRUE(ReadCommandLine({"--version"}, "x")->version);
  EXPECT_EQ(ReadCommandLine({"-c", "a.yaml"}, "x")->config, "a.yaml");
}

}  // namespace
}  // namespace monoceros::config
