// SPDX-License-Identifier: Apache-2.0
#include "router/http/event_stream.h"

#include <gtest/gtest.h>

#include <vector>

namespace monoceros::router::http {
namespace {

EventStream Stream(std::vector<channel::Field> fields = {{"Content-Type", "text/event-stream"}}) {
  channel::ResponseHead head;
  head.status = 200;
  head.fields = std::move(fields);
  EventStream stream;
  stream.Begin(head);
  return stream;
}

bool EndsBetween(std::string_view body) {
  EventStream stream = Stream();
  stream.Take(body);
  return stream.BetweenEvents();
}

TEST(EventStream, knows_the_media_type_in_any_case_and_with_parameters) {
  EXPECT_TRUE(Stream({{"content-type", "Text/Event-Stream ; charset=utf-8"}}).followed());
  EXPECT_FALSE(Stream({{"Content-Type", "text/event-streams"}}).followed());
  EXPECT_FALSE(Stream({{"Content-Type", "text/plain"}}).followed());
  EXPECT_FALSE(Stream({}).followed());
}

TEST(EventStream, does_not_follow_a_coded_body) {
  const channel::Field type{"Content-Type", "text/event-stream"};
  EXPECT_FALSE(Stream({type, {"Content-Encoding", "gzip"}}).followed());
  EXPECT_TRUE(Stream({type, {"Content-Encoding", "identity"}}).followed());
}

TEST(EventStream, may_end_before_its_first_byte) { EXPECT_TRUE(Stream().BetweenEvents()); }

TEST(EventStream, is_between_events_after_a_blank_line) {
  EXPECT_TRUE(EndsBetween("data: 1\n\n"));
  EXPECT_TRUE(EndsBetween("data: 1\r\n\r\n"));
  EXPECT_TRUE(EndsBetween("data: 1\r\r"));
  EXPECT_TRUE(EndsBetween("data: 1\n\r\n"));
  EXPECT_TRUE(EndsBetween(": still here\n\n"));
}

TEST(EventStream, is_within_an_event_otherwise) {
  EXPECT_FALSE(EndsBetween("data: 1"));
  EXPECT_FALSE(EndsBetween("data: 1\n"));
  EXPECT_FALSE(EndsBetween("data: 1\r\n"));
  EXPECT_FALSE(EndsBetween("data: 1\n\ndata: 2\n"));
  EXPECT_FALSE(EndsBetween("\n"));
}

TEST(EventStream, sees_a_blank_line_that_comes_byte_by_byte) {
  EventStream stream = Stream();
  for (const char byte : std::string_view("id: 7\r\ndata: 1\r\n\r\n")) {
    stream.Take({&byte, 1});
    const bool last_line_end = stream.BetweenEvents();
    EXPECT_FALSE(last_line_end && byte != '\n' && byte != '\r');
  }
  EXPECT_TRUE(stream.BetweenEvents());
  stream.Take("d");
  EXPECT_FALSE(stream.BetweenEvents());
}

TEST(EventStream, is_lost_once_something_was_not_seen) {
  EventStream stream = Stream();
  stream.Take("data: 1\n\n");
  stream.Lose();
  EXPECT_FALSE(stream.BetweenEvents());
}

}  // namespace
}  // namespace monoceros::router::http
