// SPDX-License-Identifier: Apache-2.0
#include "config/print_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings_json.h"
#include "files.h"

namespace monoceros::config {
namespace {

using testing::HasSubstr;
using PrintConfigTest = LoadTest;

TEST_F(PrintConfigTest, says_where_each_value_came_from) {
  environment_.variables = {{"WEB_CONCURRENCY", "4"}};
  const std::string text = PrintConfig(Read({"-b", ":80"}));
  EXPECT_THAT(text,
              testing::ContainsRegex("\nworkers: 4 +# environment variable WEB_CONCURRENCY\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\nbind: \\[\"0.0.0.0:80\"\\] +# command line\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\nbacklog: 2048 +# default\n"));
}

TEST_F(PrintConfigTest, is_a_file_that_gives_the_same_settings) {
  const Settings settings =
      Read({"-b", ":80", "-b", "unix:/a # b", "--threads", "3", "--log-json", "--preload=off",
            "--max-body", "10M", "--timeout", "0.5", "--access-logfile", "-"});
  directory_.Write("monoceros.yaml", PrintConfig(settings));
  EXPECT_EQ(ToJson(Read({})), ToJson(settings));
}

}  // namespace
}  // namespace monoceros::config
