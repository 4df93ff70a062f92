// SPDX-License-Identifier: Apache-2.0
#include "kube/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_server.h"

namespace monoceros::kube {
namespace {

using Type = WatchEvent::Type;

class WatchDecoderTest : public testing::Test {
 protected:
  std::vector<WatchEvent> events_;
  WatchDecoder decoder_{"GET /watch",
                        [this](WatchEvent event) { events_.push_back(std::move(event)); }};
};

TEST_F(WatchDecoderTest, finds_events_wherever_the_bytes_are_cut) {
  const std::string bytes = Event("ADDED", ConfigMap("a", "1")).dump() + "\n" +
                            Event("MODIFIED", ConfigMap("a", "2")).dump() + "\n" +
                            Event("BOOKMARK", ConfigMap("", "3")).dump() + "\n" +
                            Event("DELETED", ConfigMap("a", "4")).dump() + "\n";
  for (size_t size = 1; size <= bytes.size(); ++size) {
    events_.clear();
    for (size_t at = 0; at < bytes.size(); at += size) {
      ASSERT_TRUE(decoder_.Feed(std::string_view(bytes).substr(at, size)).has_value());
    }
    ASSERT_EQ(events_.size(), 4u) << "pieces of " << size;
    EXPECT_EQ(events_[2].type, Type::kBookmark);
    EXPECT_EQ(ResourceVersionOf(*events_[3].object), "4");
  }
}

TEST_F(WatchDecoderTest, gives_an_error_event_as_its_status) {
  const Json gone = StatusOf(410, "Expired", "too old resource version: 1 (9)");
  const auto fed = decoder_.Feed(Event("ERROR", gone).dump() + "\n");
  ASSERT_FALSE(fed.has_value());
  EXPECT_TRUE(fed.error().IsExpired());
  EXPECT_EQ(fed.error().reason, "Expired");
}

TEST_F(WatchDecoderTest, refuses_an_event_over_the_limit) {
  const std::string half(WatchDecoder::kMaxEvent / 2, 'x');
  EXPECT_TRUE(decoder_.Feed(half).has_value());
  EXPECT_TRUE(decoder_.Feed(half).has_value());
  const auto fed = decoder_.Feed("x");
  ASSERT_FALSE(fed.has_value());
  EXPECT_THAT(fed.error().message, testing::HasSubstr("more than 3 MiB"));
}

TEST_F(WatchDecoderTest, refuses_what_is_no_event) {
  for (const char* bytes : {"nonsense\n", "[]\n", "{}\n",
                            R"({"type":"NEW","object":{}})"
                            "\n"}) {
    WatchDecoder decoder("GET /watch", [](const WatchEvent&) {});
    EXPECT_FALSE(decoder.Feed(bytes).has_value()) << bytes;
  }
}

TEST_F(WatchDecoderTest, skips_empty_lines) {
  EXPECT_TRUE(decoder_.Feed("\n\n").has_value());
  EXPECT_TRUE(events_.empty());
}

}  // namespace
}  // namespace monoceros::kube
