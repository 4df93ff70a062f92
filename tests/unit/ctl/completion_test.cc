// SPDX-License-Identifier: Apache-2.0
#include "ctl/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "ctl/options.h"

namespace monoceros::ctl {
namespace {

using testing::HasSubstr;

// What bash offers for `line`, of which the last word is being typed.
std::string Complete(const std::string& words, int last) {
  const std::string command = "bash --norc -c '" + CompletionScript("bash") + "\nCOMP_WORDS=(" +
                              words + ") COMP_CWORD=" + std::to_string(last) +
                              "; _monoctl; echo \"${COMPREPLY[*]}\"'";
  std::string text;
  FILE* bash = ::popen(command.c_str(), "r");
  for (int c; (c = std::fgetc(bash)) != EOF;) text += static_cast<char>(c);
  ::pclose(bash);
  return text;
}

TEST(Completion, bash_completes_commands_flags_and_values) {
  EXPECT_EQ(Complete("monoctl rel", 1), "reload\n");
  EXPECT_EQ(Complete("monoctl --run", 1), "--run-dir\n");
  EXPECT_EQ(Complete("monoctl class g", 2), "gthread\n");
  EXPECT_EQ(Complete("monoctl status -o y", 3), "yaml\n");
}

TEST(Completion, every_shell_knows_every_command) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    for (const CommandName& command : CommandNames()) {
      EXPECT_THAT(CompletionScript(shell), HasSubstr(command.name)) << shell;
    }
  }
}

}  // namespace
}  // namespace monoceros::ctl
