// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "router/http/response_head.h"

namespace monoceros::router::http {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDate = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

TEST(SmallResponse, is_a_complete_answer_of_its_type) {
  std::string out;
  WriteSmallResponse({.status = 200,
                      .content_type = "application/json",
                      .body = "{}\n",
                      .extra_fields = "Cache-Control: no-store\r\n"},
                     kDate, out);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nServer: monoceros\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            "Content-Type: application/json\r\nContent-Length: 3\r\n"
            "Cache-Control: no-store\r\n\r\n{}\n");
}

TEST(ErrorResponse, is_a_complete_answer) {
  std::string out;
  WriteErrorResponse(400, "repeated Host", "", false, false, kDate, out);
  EXPECT_EQ(out,
            "HTTP/1.1 400 Bad Request\r\nServer: monoceros\r\n"
            "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 30\r\nConnection: close\r\n\r\n400 Bad Request\nrepeated Host\n");
}

TEST(ErrorResponse, has_no_body_for_head_but_its_length) {
  std::string out;
  WriteErrorResponse(404, "", "", true, true, kDate, out);
  EXPECT_THAT(out, HasSubstr("Content-Length: 14\r\n"));
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(ErrorResponse, keeps_the_connection_where_told) {
  std::string out;
  WriteErrorResponse(503, "", "Retry-After: 3\r\n", false, true, kDate, out);
  EXPECT_THAT(out, HasSubstr("Retry-After: 3\r\n"));
  EXPECT_THAT(out, Not(HasSubstr("Connection")));
}

TEST(ReasonPhrase, names_registered_statuses_and_no_others) {
  EXPECT_EQ(ReasonPhrase(100), "Continue");
  EXPECT_EQ(ReasonPhrase(404), "Not Found");
  EXPECT_EQ(ReasonPhrase(511), "Network Authentication Required");
  for (const int status : {0, 99, 299, 306, 418, 599, 1000}) EXPECT_EQ(ReasonPhrase(status), "");
}

TEST(DateCache, writes_the_time_of_the_wall_clock) {
  const std::time_t before = std::time(nullptr);
  DateCache cache;
  const std::string line(cache.Line(base::MonotonicNow()));
  const std::time_t after = std::time(nullptr);
  std::tm parsed{};
  const char* end = ::strptime(line.c_str(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parsed);
  ASSERT_NE(end, nullptr) << line;
  EXPECT_EQ(*end, '\0');
  EXPECT_GE(::timegm(&parsed), before);
  EXPECT_LE(::timegm(&parsed), after);
  EXPECT_EQ(line.size(), kDate.size());
}

TEST(DateCache, makes_the_line_at_most_once_a_second) {
  DateCache cache;
  const base::Nanoseconds now = 5 * base::kNanosecondsPerSecond;
  const std::string_view first = cache.Line(now);
  EXPECT_EQ(cache.Line(now).data(), first.data());
}

}  // namespace
}  // namespace monoceros::router::http
