// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_book.h"

#include <gtest/gtest.h>

namespace monoceros::runtime {
namespace {

using namespace std::chrono_literals;
using Write = EventBook::Write;

kube::Json Pool(const std::string& name) {
  return {{"apiVersion", "monoceros.dev/v1alpha1"},
          {"kind", "WorkerPool"},
          {"metadata",
           {{"namespace", "web"}, {"name", name}, {"uid", "u-" + name}, {"resourceVersion", "9"}}}};
}

EventText Text(const std::string& note) {
  return {.reason = "LiveChangeConverged", .action = "Push", .note = note};
}

class EventBookTest : public testing::Test {
 protected:
  std::optional<Write> Say(const std::string& note, const std::string& pool = "shop") {
    return book_.Record(Pool(pool), Text(note), now_);
  }

  EventBook book_{"operator-1"};
  EventBook::TimePoint now_{1'800'000'000s};
};

TEST_F(EventBookTest, writes_a_whole_event_the_first_time) {
  const auto write = Say("3 pods have 16 threads");
  ASSERT_TRUE(write);
  EXPECT_EQ(write->kind, Write::Kind::kCreate);
  EXPECT_EQ(write->key.ns, "web");
  EXPECT_TRUE(write->key.name.starts_with("shop."));
  const kube::Json expected = {{"apiVersion", "events.k8s.io/v1"},
                               {"kind", "Event"},
                               {"metadata", {{"namespace", "web"}, {"name", write->key.name}}},
                               {"eventTime", "2027-01-15T08:00:00.000000Z"},
                               {"reportingController", "monoceros.dev/operator"},
                               {"reportingInstance", "operator-1"},
                               {"action", "Push"},
                               {"reason", "LiveChangeConverged"},
                               {"regarding",
                                {{"apiVersion", "monoceros.dev/v1alpha1"},
                                 {"kind", "WorkerPool"},
                                 {"namespace", "web"},
                                 {"name", "shop"},
                                 {"uid", "u-shop"},
                                 {"resourceVersion", "9"}}},
                               {"note", "3 pods have 16 threads"},
                               {"type", "Normal"}};
  EXPECT_EQ(write->body, expected);
}

TEST_F(EventBookTest, the_same_event_again_becomes_a_series) {
  const auto first = Say("same");
  now_ += 1s;
  const auto second = Say("same");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->kind, Write::Kind::kMerge);
  EXPECT_EQ(second->key, first->key);
  EXPECT_EQ(second->body,
            kube::Json(
                {{"series", {{"count", 2}, {"lastObservedTime", "2027-01-15T08:00:01.000000Z"}}}}));
}

TEST_F(EventBookTest, a_series_is_written_once_a_minute_and_at_its_end) {
  Say("same");
  Say("same");
  now_ += 10s;
  EXPECT_FALSE(Say("same"));
  now_ += 55s;
  const auto later = Say("same");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->body["series"]["count"], 4);
  EXPECT_FALSE(Say("same"));
  EXPECT_TRUE(book_.Expire(now_ + 59s).empty());
  const auto writes = book_.Expire(now_ + 6min);
  ASSERT_EQ(writes.size(), 1U);
  EXPECT_EQ(writes[0].body["series"]["count"], 5);
}

TEST_F(EventBookTest, after_six_silent_minutes_it_is_a_new_event) {
  const auto first = Say("same");
  now_ += 6min;
  const auto second = Say("same");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->kind, Write::Kind::kCreate);
  EXPECT_NE(second->key, first->key);
}

TEST_F(EventBookTest, another_note_type_or_object_is_another_event) {
  Say("same");
  EXPECT_EQ(Say("other")->kind, Write::Kind::kCreate);
  EXPECT_EQ(Say("same", "blog")->kind, Write::Kind::kCreate);
  EventText warning = Text("same");
  warning.type = EventText::Type::kWarning;
  EXPECT_EQ(book_.Record(Pool("shop"), warning, now_)->kind, Write::Kind::kCreate);
}

TEST_F(EventBookTest, an_object_has_25_events_at_once_and_then_one_in_five_minutes) {
  for (int i = 0; i < 25; ++i) EXPECT_TRUE(Say(std::to_string(i)));
  EXPECT_FALSE(Say("one too many"));
  EXPECT_EQ(book_.dropped(), 1U);
  EXPECT_TRUE(Say("of another", "blog"));
  now_ += 5min;
  EXPECT_TRUE(Say("later"));
  EXPECT_FALSE(Say("and again one too many"));
}

TEST_F(EventBookTest, forgets_everything_in_time) {
  for (int i = 0; i < 20; ++i) Say("note", "pool" + std::to_string(i));
  EXPECT_FALSE(book_.empty());
  book_.Expire(now_ + 6min);
  EXPECT_TRUE(book_.empty());
}

TEST_F(EventBookTest, remembers_a_bounded_number_of_events_and_objects) {
  for (int i = 0; i < 6000; ++i) {
    now_ += 1ms;
    Say("note", "pool" + std::to_string(i));
  }
  for (int i = 0; i < 6000; ++i) Say("note", "pool" + std::to_string(i));
  EXPECT_LE(book_.remembered(), 1024U + 4096U);
}

TEST_F(EventBookTest, cuts_a_long_note_between_characters) {
  const auto write = Say(std::string(1023, 'x') + "\u00e4");
  EXPECT_EQ(write->body["note"], std::string(1023, 'x'));
  const auto broken = Say("not \xff utf-8");
  EXPECT_EQ(broken->body["note"], "not  utf-8");
}

TEST_F(EventBookTest, an_event_of_an_object_without_a_namespace_is_in_default) {
  const auto write =
      book_.Record({{"kind", "Node"}, {"metadata", {{"name", "n1"}}}}, Text("x"), now_);
  EXPECT_EQ(write->key.ns, "default");
}

TEST_F(EventBookTest, gives_counts_that_wait_at_once_when_asked) {
  Say("same");
  Say("same");
  Say("same");
  EXPECT_EQ(book_.Pending().size(), 1U);
  EXPECT_TRUE(book_.Pending().empty());
}

}  // namespace
}  // namespace monoceros::runtime
