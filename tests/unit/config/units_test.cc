// SPDX-License-Identifier: Apache-2.0
#include "config/units.h"

#include <gtest/gtest.h>

namespace monoceros::config {
namespace {

TEST(ParseSize, reads_bytes_and_powers_of_1024_in_any_case) {
  EXPECT_EQ(ParseSize("0"), 0u);
  EXPECT_EQ(ParseSize("1048576"), 1048576u);
  for (const char* text : {"64k", "64K", "64KiB", "64kib"}) EXPECT_EQ(ParseSize(text), 65536u);
  EXPECT_EQ(ParseSize("1MiB"), 1u << 20);
  EXPECT_EQ(ParseSize("1m"), 1u << 20);
  EXPECT_EQ(ParseSize("1G"), 1u << 30);
  EXPECT_EQ(ParseSize("2T"), uint64_t{2} << 40);
}

TEST(ParseSize, refuses_what_is_no_size) {
  for (const char* text : {"", "k", "-1", "1.5M", "64 k", "64KB", "64kilo", "1x", "0x10", " 1",
                           "18446744073709551616", "18014398509481984k", "99999999999G"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

TEST(FormatSize, gives_the_shortest_exact_form) {
  EXPECT_EQ(FormatSize(0), "0");
  EXPECT_EQ(FormatSize(1000), "1000");
  EXPECT_EQ(FormatSize(65536), "64KiB");
  EXPECT_EQ(FormatSize(256 << 20), "256MiB");
  EXPECT_EQ(FormatSize(uint64_t{1} << 40), "1024GiB");
}

TEST(ParseDuration, reads_seconds_and_units) {
  EXPECT_EQ(ParseDuration("30"), 30.0);
  EXPECT_EQ(ParseDuration("1.5"), 1.5);
  EXPECT_EQ(ParseDuration("0"), 0.0);
  EXPECT_EQ(ParseDuration("30s"), 30.0);
  EXPECT_EQ(ParseDuration("500ms"), 0.5);
  EXPECT_EQ(ParseDuration("2m"), 120.0);
  EXPECT_EQ(ParseDuration("1h"), 3600.0);
}

TEST(ParseDuration, refuses_what_is_no_time) {
  for (const char* text :
       {"", "s", "-1", "1e3", "inf", "nan", "1.2.3", "5 s", "1d", "999999999999", "."}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(FormatDuration, is_read_back_exactly) {
  for (const double seconds : {0.0, 30.0, 0.1, 0.005, 1234.5678}) {
    EXPECT_EQ(ParseDuration(FormatDuration(seconds)), seconds);
  }
  EXPECT_EQ(FormatDuration(30), "30");
}

TEST(ParseBool, reads_the_usual_words) {
  for (const char* text : {"true", "Yes", "y", "ON", "1"}) EXPECT_EQ(ParseBool(text), true) << text;
  for (const char* text : {"false", "No", "n", "OFF", "0"})
    EXPECT_EQ(ParseBool(text), false) << text;
  for (const char* text : {"", "maybe", "2", "t"}) EXPECT_EQ(ParseBool(text), std::nullopt) << text;
}

TEST(ParseInteger, takes_digits_only) {
  EXPECT_EQ(ParseInteger("42"), 42u);
  for (const char* text : {"", "+1", "-1", "1 ", "1_000", "99999999999999999999"}) {
    EXPECT_EQ(ParseInteger(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace monoceros::config
