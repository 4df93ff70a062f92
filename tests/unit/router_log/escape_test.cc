// SPDX-License-Identifier: Apache-2.0
#include "router/log/escape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace monoceros::router {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  AppendEscaped(text, out);
  return out;
}

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

TEST(AppendEscaped, leaves_plain_text_alone) {
  EXPECT_EQ(Escaped("Mozilla/5.0 (X11; Linux)"), "Mozilla/5.0 (X11; Linux)");
  EXPECT_EQ(Escaped(""), "");
}

TEST(AppendEscaped, hides_quotes_backslashes_and_everything_unprintable) {
  EXPECT_EQ(Escaped("a\"b\\c"), R"(a\"b\\c)");
  EXPECT_EQ(Escaped("a\r\nb\tc"), R"(a\x0D\x0Ab\x09c)");
  EXPECT_EQ(Escaped(std::string_view("\0\x1b\x7f", 3)), R"(\x00\x1B\x7F)");
  EXPECT_EQ(Escaped("caf\xC3\xA9"), R"(caf\xC3\xA9)");
}

TEST(AppendEscaped, never_lets_a_byte_end_the_line_or_the_quotes) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const char shown : Escaped({&c, 1})) {
      EXPECT_GE(shown, 0x20) << byte;
      EXPECT_LT(shown, 0x7F) << byte;
    }
  }
}

TEST(AppendJsonString, any_byte_gives_valid_json_that_reads_as_latin_1) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const auto text = nlohmann::json::parse(Json({&c, 1})).get<std::string>();
    const std::string expected = byte < 0x80 ? std::string(1, c)
                                             : std::string{static_cast<char>(0xC0 | byte >> 6),
                                                           static_cast<char>(0x80 | (byte & 0x3F))};
    EXPECT_EQ(text, expected) << byte;
  }
}

}  // namespace
}  // namespace monoceros::router
