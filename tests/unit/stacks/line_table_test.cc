// SPDX-License-Identifier: Apache-2.0
#include "stacks/line_table.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace monoceros::stacks {
namespace {

std::vector<std::byte> FromHex(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<std::byte> Table(std::initializer_list<int> bytes) {
  std::vector<std::byte> table;
  for (const int byte : bytes) table.push_back(static_cast<std::byte>(byte));
  return table;
}

std::vector<std::string> Pythons() {
  std::istringstream list(MONOCEROS_TEST_PYTHONS);
  std::vector<std::string> pythons;
  for (std::string python; std::getline(list, python, ':');) pythons.push_back(python);
  return pythons;
}

class LineTable : public ::testing::TestWithParam<std::string> {};

// One code object's answers of the interpreter against ours.
void Compare(const std::string& text, size_t& compared) {
  std::istringstream fields(text);
  int64_t first_line = 0;
  std::string hex;
  fields >> first_line >> hex;
  const std::vector<std::byte> table = FromHex(hex);
  for (std::string range; fields >> range; ++compared) {
    long start = 0;
    long end = 0;
    long line = 0;
    ASSERT_EQ(std::sscanf(range.c_str(), "%ld:%ld:%ld", &start, &end, &line), 3);
    if (start == end) continue;
    ASSERT_EQ(LineAt(table, first_line, start), line) << text;
    ASSERT_EQ(LineAt(table, first_line, end - 2), line) << text;
  }
}

TEST_P(LineTable, gives_the_lines_that_the_interpreter_gives_for_its_standard_library) {
  const std::string command = GetParam() + " -I " + MONOCEROS_LINES_SCRIPT;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  ASSERT_TRUE(output);
  size_t compared = 0;
  char* line = nullptr;
  size_t room = 0;
  while (!HasFatalFailure() && ::getline(&line, &room, output.get()) > 0) Compare(line, compared);
  std::free(line);
  EXPECT_GT(compared, 50'000U);
}

INSTANTIATE_TEST_SUITE_P(Every, LineTable, ::testing::ValuesIn(Pythons()),
                         [](const auto& info) { return "python" + std::to_string(info.index); });

TEST(LineTableForms, every_form_of_an_entry_is_understood) {
  // 0x80 | code << 3 | length - 1, then what the code says follows.
  const auto table = Table({
      0x80 | 0 << 3 | 0, 0x11,                         // short: the same line, 1 unit
      0x80 | 11 << 3 | 1, 0, 9,                        // one line further, 2 units
      0x80 | 13 << 3 | 0, 0x05,                        // no columns: 2 lines back
      0x80 | 14 << 3 | 0, 0x40 | 0x08, 0x02, 0, 0, 0,  // long: 68 lines further
      0x80 | 15 << 3 | 2,                              // no line, 3 units
  });
  EXPECT_EQ(LineAt(table, 100, 0), 100);
  EXPECT_EQ(LineAt(table, 100, 2), 101);
  EXPECT_EQ(LineAt(table, 100, 5), 101);
  EXPECT_EQ(LineAt(table, 100, 6), 99);
  EXPECT_EQ(LineAt(table, 100, 8), 99 + 68);
  EXPECT_EQ(LineAt(table, 100, 10), 0);
  EXPECT_EQ(LineAt(table, 100, 15), 0);
}

TEST(LineTableForms, an_offset_outside_has_no_line) {
  const auto table = Table({0x80, 0});
  EXPECT_EQ(LineAt(table, 5, -2), 0);
  EXPECT_EQ(LineAt(table, 5, 2), 0);
  EXPECT_EQ(LineAt({}, 5, 0), 0);
}

TEST(LineTableForms, any_bytes_come_to_an_end) {
  std::mt19937 random(42);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> table(random() % 64);
    for (std::byte& byte : table) byte = static_cast<std::byte>(random());
    LineAt(table, static_cast<int64_t>(random()), static_cast<int64_t>(random() % 400));
  }
}

}  // namespace
}  // namespace monoceros::stacks
