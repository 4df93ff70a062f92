// SPDX-License-Identifier: Apache-2.0
#include "config/shell_words.h"

#include <gtest/gtest.h>

namespace monoceros::config {
namespace {

using Words = std::vector<std::string>;

TEST(SplitShellWords, splits_at_white_space) {
  EXPECT_EQ(SplitShellWords("  -w 4\t-b\n:80 ").value(), (Words{"-w", "4", "-b", ":80"}));
  EXPECT_EQ(SplitShellWords(" ").value(), Words{});
}

TEST(SplitShellWords, quotes_and_backslashes_protect) {
  EXPECT_EQ(SplitShellWords(R"(--f='a "b" c' "d 'e'" f\ g)").value(),
            (Words{R"(--f=a "b" c)", "d 'e'", "f g"}));
  EXPECT_EQ(SplitShellWords(R"("" '' x"y"z)").value(), (Words{"", "", "xyz"}));
  EXPECT_EQ(SplitShellWords(R"("\"\\\n" '\')").value(), (Words{R"("\\n)", "\\"}));
}

TEST(SplitShellWords, expands_nothing) {
  EXPECT_EQ(SplitShellWords("$HOME *").value(), (Words{"$HOME", "*"}));
}

TEST(SplitShellWords, refuses_what_is_not_closed) {
  EXPECT_FALSE(SplitShellWords("'a"));
  EXPECT_FALSE(SplitShellWords("\"a"));
  EXPECT_FALSE(SplitShellWords("a\\"));
}

}  // namespace
}  // namespace monoceros::config
