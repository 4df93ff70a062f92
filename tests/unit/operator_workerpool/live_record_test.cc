// SPDX-License-Identifier: Apache-2.0
#include "workerpool/live_record.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace monoceros::workerpool {
namespace {

using agents::LiveValues;

TEST(LiveRecord, is_read_as_it_was_written) {
  const LiveRecord record{
      .values = {.workers = 2, .worker_class = "gthread", .settings = {{"timeout", "30"}}},
      .revision = 9,
      .last_good = LiveValues{.threads = 4, .settings = {{"keepalive", "\"5\"\n"}}},
      .refused = "00ff",
      .refusal = "shop-1: \xC3\xA4 no"};
  EXPECT_EQ(ReadLiveRecord(BuildLiveRecord(Shop(), "hash", record)), record);
  EXPECT_EQ(ReadLiveRecord(BuildLiveRecord(Shop(), "hash", Initial(Shop()))), Initial(Shop()));
}

TEST(LiveRecord, ignores_annotations_that_somebody_damaged) {
  kube::Json config = BuildLiveRecord(Shop(), "hash", Initial(Shop()));
  for (const char* text : {"", "{", "[]", "{\"settings\":{\"a\":1}}", "{\"workers\":-1}"}) {
    config["metadata"]["annotations"]["monoceros.dev/last-good"] = text;
    EXPECT_EQ(ReadLiveRecord(config), Initial(Shop())) << text;
  }
  EXPECT_FALSE(ReadLiveRecord(kube::Json::object()));
}

TEST(LiveRecord, digests_tell_values_apart) {
  EXPECT_NE(DigestOf({.workers = 2}), DigestOf({.threads = 2}));
  EXPECT_NE(DigestOf({}), DigestOf({.settings = {{"timeout", ""}}}));
  EXPECT_EQ(DigestOf({.workers = 2}), DigestOf({.workers = 2}));
}

}  // namespace
}  // namespace monoceros::workerpool
