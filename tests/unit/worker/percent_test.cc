// SPDX-License-Identifier: Apache-2.0
#include "worker/http/percent.h"

#include <gtest/gtest.h>

namespace monoceros::http {
namespace {

std::string Decode(std::string_view text) {
  std::string buffer;
  return std::string(DecodePercent(text, buffer));
}

TEST(Percent, decodes_every_byte) {
  EXPECT_EQ(Decode("/a%2Fb%20c"), "/a/b c");
  EXPECT_EQ(Decode("%c3%A9"), "\xc3\xa9");
  EXPECT_EQ(Decode("%00"), std::string(1, '\0'));
}

TEST(Percent, leaves_what_is_no_encoding) {
  EXPECT_EQ(Decode("/plain"), "/plain");
  EXPECT_EQ(Decode("100%"), "100%");
  EXPECT_EQ(Decode("%4"), "%4");
  EXPECT_EQ(Decode("%zz%4g%%41"), "%zz%4g%A");
}

}  // namespace
}  // namespace monoceros::http
