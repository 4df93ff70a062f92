// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "client_fixture.h"

namespace monoceros::kube {
namespace {

using testing::HasSubstr;

class WatchTest : public ClientFixture {
 protected:
  Awaitable<Result<void>> Watch() {
    WatchOptions options;
    options.resource_version = "5";
    options.label_selector = "a=b";
    options.opened = [this] { ++opened_; };
    return client().Watch(kConfigMaps, "shop", options,
                          [this](const WatchEvent& event) { events_.push_back(event); });
  }

  std::vector<WatchEvent> events_;
  int opened_ = 0;
};

TEST_F(WatchTest, asks_for_bookmarks_from_where_it_is) {
  server_.Then(Events({}, Then::kEnds));
  EXPECT_TRUE(Await(Watch()).has_value());
  EXPECT_EQ(server_.asked()[0].target,
            "/api/v1/namespaces/shop/configmaps?watch=true&allowWatchBookmarks=true"
            "&labelSelector=a%3Db&resourceVersion=5&timeoutSeconds=300");
  EXPECT_EQ(opened_, 1);
}

TEST_F(WatchTest, gives_events_and_ends_when_the_server_ends_it) {
  server_.Then(Events({Event("ADDED", ConfigMap("a", "6")), Event("DELETED", ConfigMap("a", "7"))},
                      Then::kEnds));
  EXPECT_TRUE(Await(Watch()).has_value());
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[1].type, WatchEvent::Type::kDeleted);
}

TEST_F(WatchTest, gives_an_event_at_once_although_nothing_follows) {
  server_.Then(Events({Event("ADDED", ConfigMap("a", "6")), Event("ADDED", ConfigMap("b", "7"))},
                      Then::kStaysOpen));
  Start(Drop(Watch()));
  RunUntil([this] { return events_.size() == 2; });
  EXPECT_FALSE(ended_);
}

TEST_F(WatchTest, puts_events_together_that_chunks_cut) {
  const std::string bytes = Event("ADDED", ConfigMap("a", "6")).dump() + "\n" +
                            Event("MODIFIED", ConfigMap("a", "7")).dump() + "\n";
  std::vector<std::string> pieces{StreamHead()};
  for (const char byte : bytes) pieces.push_back(Chunk(std::string(1, byte)));
  pieces.push_back(Chunk(""));
  server_.Then(Bytes(pieces));
  EXPECT_TRUE(Await(Watch()).has_value());
  EXPECT_EQ(events_.size(), 2u);
}

TEST_F(WatchTest, takes_an_event_of_megabytes) {
  Json object = ConfigMap("a", "6");
  object["data"]["x"] = std::string(2 * 1024 * 1024, 'x');
  server_.Then(Events({Event("ADDED", object)}, Then::kEnds));
  EXPECT_TRUE(Await(Watch()).has_value());
  EXPECT_EQ(events_.size(), 1u);
}

TEST_F(WatchTest, ends_with_expired_for_status_410_and_for_an_error_event) {
  const Json gone = StatusOf(410, "Expired", "too old resource version: 5 (9)");
  server_.Then(Reply(410, gone));
  server_.Then(
      Events({Event("ADDED", ConfigMap("a", "6")), Event("ERROR", gone)}, Then::kStaysOpen));
  const auto refused = Await(Watch());
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().IsExpired());
  EXPECT_EQ(opened_, 0);
  const auto ended = Await(Watch());
  ASSERT_FALSE(ended.has_value());
  EXPECT_TRUE(ended.error().IsExpired());
  EXPECT_EQ(events_.size(), 1u);
}

TEST_F(WatchTest, knows_a_server_that_is_behind) {
  server_.Then(Reply(504, StatusOf(504, "Timeout", "Too large resource version: 5, current: 2")));
  const auto ended = Await(Watch());
  ASSERT_FALSE(ended.has_value());
  EXPECT_TRUE(ended.error().IsAhead());
}

TEST_F(WatchTest, says_that_it_was_cut_in_the_middle_of_an_event) {
  const std::string whole = Event("ADDED", ConfigMap("a", "6")).dump() + "\n";
  server_.Then(Bytes({StreamHead(), Chunk(whole), Chunk(whole.substr(0, 20))}));
  const auto ended = Await(Watch());
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().status, 0);
  EXPECT_EQ(events_.size(), 1u);
}

TEST_F(WatchTest, says_that_it_was_cut_in_the_middle_of_a_chunk) {
  server_.Then(Bytes({StreamHead(), "ff\r\n{\"type\""}));
  EXPECT_FALSE(Await(Watch()).has_value());
  EXPECT_TRUE(events_.empty());
}

TEST_F(WatchTest, refuses_what_is_no_event) {
  server_.Then(Bytes({StreamHead(), Chunk("nonsense\n")}));
  const auto ended = Await(Watch());
  ASSERT_FALSE(ended.has_value());
  EXPECT_THAT(ended.error().message, HasSubstr("no JSON"));
}

TEST_F(WatchTest, does_not_count_against_the_rate) {
  options_.requests_per_second = 0.01;
  options_.burst = 1;
  for (int i = 0; i < 3; ++i) server_.Then(Events({}, Then::kEnds));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Await(Watch()).has_value());
}

TEST_F(WatchTest, gives_up_a_connection_that_is_silent_for_too_long) {
  server_.Then(Events({Event("ADDED", ConfigMap("a", "6"))}, Then::kStaysOpen));
  WatchOptions options;
  // The server has 15 s on top of what it was told; none are left here.
  options.timeout = std::chrono::seconds(-14);
  const auto ended = Await(client().Watch(kConfigMaps, "shop", options, [](const WatchEvent&) {}));
  ASSERT_FALSE(ended.has_value());
  EXPECT_THAT(ended.error().message, HasSubstr("no answer in time"));
}

}  // namespace
}  // namespace monoceros::kube
