// SPDX-License-Identifier: Apache-2.0
#include "master/stack_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

using testing::HasSubstr;

TEST(FormatStacks, shows_threads_with_their_frames) {
  const std::string text = FormatStacks(R"({"threads": [
      {"name": "MainThread", "state": "running", "request": "GET /slow",
       "frames": [{"function": "sleep", "file": "app.py", "line": 7}]}]})");
  EXPECT_THAT(text, HasSubstr("Thread MainThread (running), request: GET /slow"));
  EXPECT_THAT(text, HasSubstr("app.py:7 in sleep"));
}

TEST(FormatStacks, says_what_could_not_be_read) {
  EXPECT_EQ(FormatStacks(R"({"note": "no permission"})"), "no permission");
}

TEST(FormatStacks, bears_what_is_none) {
  for (const char* text :
       {"", "[]", "{", R"({"threads": 4})", R"({"threads": [3, {"frames": 1}]})"}) {
    FormatStacks(text);
  }
}

}  // namespace
}  // namespace monoceros::master
