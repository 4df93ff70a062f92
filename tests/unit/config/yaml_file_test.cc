// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.h"

namespace monoceros::config {
namespace {

using testing::HasSubstr;

base::Result<Assignments> ReadText(const std::string& text) {
  const Directory directory;
  directory.Write("file.yaml", text);
  return ReadYamlFile(directory.path() / "file.yaml", "file.yaml");
}

std::string Error(const std::string& text) {
  const auto read = ReadText(text);
  return read ? "no error" : read.error().message;
}

TEST(YamlFile, reads_scalars_and_lists_with_their_lines) {
  const Assignments read = ReadText("workers: 4\n\nbind:\n  - ':80'\n  - 'unix:/x'\n").value();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].setting->name, "workers");
  EXPECT_EQ(read[0].texts, std::vector<std::string>{"4"});
  EXPECT_EQ(read[0].source, "file.yaml line 1");
  EXPECT_EQ(read[1].texts, (std::vector<std::string>{":80", "unix:/x"}));
  EXPECT_EQ(read[1].source, "file.yaml line 3");
}

TEST(YamlFile, an_empty_one_says_nothing) {
  EXPECT_TRUE(ReadText("").value().empty());
  EXPECT_TRUE(ReadText("# only a comment\n").value().empty());
}

TEST(YamlFile, refuses_unknown_names_and_proposes_the_nearest) {
  EXPECT_EQ(Error("workers: 1\nworker-class: sync\n"),
            "file.yaml line 2: there is no setting worker-class. Did you mean worker_class?");
}

TEST(YamlFile, refuses_settings_of_gunicorn_that_are_not_supported_by_name) {
  EXPECT_EQ(Error("certfile: x.pem\n"),
            "file.yaml line 1: Gunicorn's setting certfile is known but not supported in this "
            "release.");
}

TEST(YamlFile, refuses_what_belongs_on_the_command_line) {
  EXPECT_THAT(Error("check_config: true\n"), HasSubstr("only on the command line"));
}

TEST(YamlFile, refuses_a_setting_given_twice) {
  EXPECT_THAT(Error("workers: 1\nworkers: 2\n"), HasSubstr("workers is given twice"));
}

TEST(YamlFile, refuses_other_shapes) {
  EXPECT_THAT(Error("- workers\n"), HasSubstr("a mapping of settings"));
  EXPECT_THAT(Error("workers\n"), HasSubstr("a mapping of settings"));
  EXPECT_THAT(Error("workers:\n"), HasSubstr("a value or a list of values is missing"));
  EXPECT_THAT(Error("workers: {a: 1}\n"), HasSubstr("a value or a list"));
  EXPECT_THAT(Error("bind: [[a]]\n"), HasSubstr("only plain values"));
  EXPECT_THAT(Error("? [a]\n: 1\n"), HasSubstr("plain word"));
}

TEST(YamlFile, names_the_line_of_broken_yaml) {
  EXPECT_THAT(Error("workers: 1\nbind: [\n"), HasSubstr("file.yaml line "));
  EXPECT_THAT(Error("a: 'open\n"), HasSubstr("file.yaml line "));
}

TEST(YamlFile, a_file_that_cannot_be_read_is_an_error) {
  const Directory directory;
  EXPECT_THAT(ReadYamlFile(directory.path() / "none", "none").error().message,
              HasSubstr("cannot read none: No such file"));
  EXPECT_THAT(ReadYamlFile(directory.path(), "dir").error().message, HasSubstr("cannot read dir"));
}

}  // namespace
}  // namespace monoceros::config
