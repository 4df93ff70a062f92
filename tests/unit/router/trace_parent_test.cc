// SPDX-License-Identifier: Apache-2.0
#include "router/measure/trace_parent.h"

#include <gtest/gtest.h>

#include <string>

namespace monoceros::router {
namespace {

constexpr std::string_view kValid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string With(size_t position, char c) {
  std::string value(kValid);
  value[position] = c;
  return value;
}

TEST(TraceParent, reads_trace_and_span) {
  const auto trace = ParseTraceParent(kValid);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id[0], 0x0af7651916cd43ddU);
  EXPECT_EQ(trace->trace_id[1], 0x8448eb211c80319cU);
  EXPECT_EQ(trace->span_id, 0xb7ad6b7169203331U);
}

TEST(TraceParent, refuses_what_is_not_of_its_exact_form) {
  EXPECT_FALSE(ParseTraceParent(""));
  EXPECT_FALSE(ParseTraceParent(kValid.substr(1)));
  EXPECT_FALSE(ParseTraceParent(std::string(kValid) + "-x"));
  EXPECT_FALSE(ParseTraceParent(With(1, '1'))) << "another version";
  EXPECT_FALSE(ParseTraceParent(With(0, 'f'))) << "another version";
  for (const size_t dash : {2, 35, 52}) EXPECT_FALSE(ParseTraceParent(With(dash, '0'))) << dash;
  for (const size_t digit : {3, 20, 34, 36, 51, 53, 54}) {
    EXPECT_FALSE(ParseTraceParent(With(digit, 'g'))) << digit;
    EXPECT_FALSE(ParseTraceParent(With(digit, 'A'))) << "capitals, " << digit;
    EXPECT_FALSE(ParseTraceParent(With(digit, ' '))) << digit;
  }
}

TEST(TraceParent, refuses_identifiers_of_zeros) {
  EXPECT_FALSE(ParseTraceParent("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
  EXPECT_FALSE(ParseTraceParent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"));
  EXPECT_TRUE(ParseTraceParent("00-00000000000000000000000000000001-0000000000000001-00"));
}

}  // namespace
}  // namespace monoceros::router
