// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "master/live_file.h"
#include "pools.h"
#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

using agents::LiveValues;

LiveValues SomeValues() {
  return {.workers = 3,
          .threads = 8,
          .worker_class = "gthread",
          .settings = {{"loglevel", "warning"}, {"timeout", "60"}}};
}

kube::Json ConfigOf(const LiveValues& values, uint64_t revision) {
  return BuildLiveConfig(FullPool(), "bcdfghjklm", values, revision);
}

kube::Json ConfigWith(const std::string& live_yaml) {
  return {{"data", {{"live.yaml", live_yaml}}}};
}

TEST(LiveConfig, is_named_and_labelled_after_its_template) {
  const kube::Json config = ConfigOf(SomeValues(), 1);
  EXPECT_EQ(config["metadata"]["name"], "full-live-bcdfghjklm");
  EXPECT_EQ(config["metadata"]["labels"][api::kTemplateHashLabel], "bcdfghjklm");
}

TEST(LiveConfig, is_a_live_file_to_the_server) {
  const std::string text = ConfigOf(SomeValues(), 7)["data"]["live.yaml"];
  const auto read = master::ParseLiveFile(text, "live.yaml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->revision, 7U);
  EXPECT_EQ(read->change.workers, "3");
  EXPECT_EQ(read->change.threads, "8");
  EXPECT_EQ(read->change.worker_class, "gthread");
  EXPECT_EQ(read->change.settings, SomeValues().settings);
}

TEST(LiveConfig, says_nothing_to_the_server_of_what_is_absent) {
  const std::string text = ConfigOf({}, 2)["data"]["live.yaml"];
  const auto read = master::ParseLiveFile(text, "live.yaml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->revision, 2U);
  EXPECT_TRUE(read->change.empty());
}

TEST(LiveConfig, is_read_back_as_it_was_written) {
  for (const LiveValues& values : {LiveValues{}, SomeValues(), LiveValues{.threads = 1}}) {
    const auto read = ReadLiveConfig(ConfigOf(values, 18'446'744'073'709'551'615ULL));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->values, values);
    EXPECT_EQ(read->revision, 18'446'744'073'709'551'615ULL);
  }
}

TEST(LiveConfig, keeps_texts_that_yaml_could_take_for_something_else) {
  const LiveValues values{
      .settings = {{"a", ""}, {"b", "null"}, {"c", "1: 2 # x"}, {"d", "\"\n\t'"}, {"null", "äö"}}};
  const auto read = ReadLiveConfig(ConfigOf(values, 1));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->values, values);
}

TEST(LiveConfig, of_others_is_none) {
  EXPECT_FALSE(ReadLiveConfig(nullptr));
  EXPECT_FALSE(ReadLiveConfig(kube::Json::object()));
  EXPECT_FALSE(ReadLiveConfig({{"data", nullptr}}));
  EXPECT_FALSE(ReadLiveConfig({{"data", {{"other", "x"}}}}));
  EXPECT_FALSE(ReadLiveConfig({{"data", {{"live.yaml", 5}}}}));
  for (const char* text : {"", "text", "[1]", "workers: 2", "liveRevision: -1", "liveRevision: x",
                           "liveRevision: 1\nworkers: many", "liveRevision: 1\nsettings: 5",
                           "liveRevision: 1\nsettings: [a]", "{", "liveRevision: [1]",
                           "liveRevision: 1\nsettings: {timeout: {}}"}) {
    EXPECT_FALSE(ReadLiveConfig(ConfigWith(text))) << text;
  }
}

}  // namespace
}  // namespace monoceros::workerpool
