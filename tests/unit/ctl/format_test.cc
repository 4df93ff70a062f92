// SPDX-License-Identifier: Apache-2.0
#include "ctl/format.h"

#include <gtest/gtest.h>

#include <cmath>

namespace monoceros::ctl {
namespace {

TEST(ShowSeconds, chooses_a_unit_that_people_read) {
  EXPECT_EQ(ShowSeconds(0), "0 s");
  EXPECT_EQ(ShowSeconds(-1), "0 s");
  EXPECT_EQ(ShowSeconds(std::nan("")), "0 s");
  EXPECT_EQ(ShowSeconds(0.00042), "0.4 ms");
  EXPECT_EQ(ShowSeconds(0.085), "85 ms");
  EXPECT_EQ(ShowSeconds(0.9999), "1.00 s");
  EXPECT_EQ(ShowSeconds(42), "42 s");
  EXPECT_EQ(ShowSeconds(200), "3 min 20 s");
  EXPECT_EQ(ShowSeconds(7200), "2 h");
  EXPECT_EQ(ShowSeconds(187200), "2 d 4 h");
}

TEST(ShowBytes, uses_binary_units) {
  EXPECT_EQ(ShowBytes(0), "-");
  EXPECT_EQ(ShowBytes(512), "512 B");
  EXPECT_EQ(ShowBytes(13 << 20 | 1 << 19), "13.5 MiB");
  EXPECT_EQ(ShowBytes(uint64_t{300} << 30), "300 GiB");
}

TEST(ShowPercent, shows_a_digit_more_of_small_shares) {
  EXPECT_EQ(ShowPercent(0), "0 %");
  EXPECT_EQ(ShowPercent(0.004), "0.4 %");
  EXPECT_EQ(ShowPercent(0.625), "62 %");
  EXPECT_EQ(ShowPercent(INFINITY), "0 %");
}

TEST(ShowCount, separates_thousands) {
  EXPECT_EQ(ShowCount(999), "999");
  EXPECT_EQ(ShowCount(1000), "1,000");
  EXPECT_EQ(ShowCount(1234567), "1,234,567");
  EXPECT_EQ(ShowRate(0.25), "0.2");
  EXPECT_EQ(ShowRate(12345.6), "12,346");
}

TEST(ShowTable, aligns_columns_and_leaves_no_blanks_at_the_end) {
  EXPECT_EQ(ShowTable({{"NAME", ">N", "X"}, {"a", "1", ""}, {"münchen", "100", "x"}}),
            "NAME       N  X\n"
            "a          1\n"
            "münchen  100  x\n");
  EXPECT_EQ(ShowTable({}), "");
}

TEST(Fit, cuts_and_fills_by_characters_and_drops_control_bytes) {
  EXPECT_EQ(Fit("abc", 5), "abc  ");
  EXPECT_EQ(Fit("abcdef", 4), "abc…");
  EXPECT_EQ(Fit("äöüß", 4), "äöüß");
  EXPECT_EQ(Fit("äöüßx", 4), "äöü…");
  EXPECT_EQ(Fit("a\x1b[31mb", 10), "a[31mb    ");
  EXPECT_EQ(Fit("abc", 0), "");
}

TEST(Harmless, leaves_nothing_that_a_terminal_obeys) {
  EXPECT_EQ(Harmless("a\x1b[31mb\x7f\xc2\x9b"), "a?[31mb??");
  EXPECT_EQ(Harmless("Zeile\n\tü"), "Zeile\n\tü");
}

}  // namespace
}  // namespace monoceros::ctl
