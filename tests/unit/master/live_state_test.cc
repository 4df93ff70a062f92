// SPDX-License-Identifier: Apache-2.0
#include "master/live_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace monoceros::master {
namespace {

using nlohmann::json;
using testing::HasSubstr;

config::Settings Configured(int workers = 2, const std::string& worker_class = "sync",
                            int threads = 1) {
  config::Settings settings;
  settings.workers = workers;
  settings.worker_class = worker_class;
  settings.threads = threads;
  return settings;
}

LiveState::Outcome Tried(const LiveState& live, const json& fields, uint64_t revision = 1) {
  return live.Try(ParseChange(fields).value(), revision, false).value();
}

void Change(LiveState& live, const json& fields, uint64_t revision = 1) {
  live.Adopt(Tried(live, fields, revision));
}

std::string TryError(const LiveState& live, const json& fields) {
  const auto outcome = live.Try(ParseChange(fields).value(), 1, false);
  return outcome ? "accepted" : outcome.error().message;
}

std::string ParseError(const json& fields) {
  const auto change = ParseChange(fields);
  return change ? "accepted" : change.error().message;
}

TEST(LiveState, changes_the_protocol_where_both_applications_are_configured) {
  config::Settings configured = Configured();
  configured.application = "app:wsgi";
  configured.asgi_app = "app:asgi";
  LiveState live(configured);
  Change(live, {{"worker_class", "uvicorn"}, {"workers", 3}});
  EXPECT_EQ(live.settings().worker_class, "asgi");
  EXPECT_EQ(live.settings().workers, 3);
  EXPECT_EQ(live.values().values.at("worker_class"), "asgi");
  Change(live, {{"worker_class", "gthread"}, {"threads", 4}}, 2);
  EXPECT_EQ(live.settings().worker_class, "gthread");
}

TEST(LiveState, refuses_a_class_without_an_application) {
  config::Settings configured = Configured();
  configured.application = "app:wsgi";
  EXPECT_THAT(TryError(LiveState(configured), {{"worker_class", "asgi"}}), HasSubstr("asgi_app"));
}

TEST(LiveState, keeps_a_class_only_under_a_configuration_that_has_its_application) {
  config::Settings configured = Configured();
  configured.application = "app:wsgi";
  configured.asgi_app = "app:asgi";
  LiveState live(configured);
  Change(live, {{"worker_class", "asgi"}});
  EXPECT_EQ(live.Reconfigured(configured).value().worker_class, "asgi");
  configured.asgi_app.clear();
  EXPECT_FALSE(live.Reconfigured(configured));
}

TEST(LiveState, begins_as_configured) {
  const LiveState live(Configured(3));
  EXPECT_EQ(live.settings().workers, 3);
  EXPECT_EQ(live.values().revision, 0u);
}

TEST(LiveState, trying_changes_nothing) {
  const LiveState live(Configured());
  EXPECT_EQ(Tried(live, {{"workers", 9}}).settings.workers, 9);
  EXPECT_EQ(live.settings().workers, 2);
}

TEST(LiveState, keeps_what_a_change_does_not_name) {
  LiveState live(Configured());
  Change(live, {{"workers", 9}}, 1);
  Change(live, {{"settings", {{"timeout", "5s"}}}}, 2);
  EXPECT_EQ(live.settings().workers, 9);
  EXPECT_EQ(live.settings().timeout, 5);
  EXPECT_EQ(live.settings().sources.at("timeout"), "live revision 2");
}

TEST(LiveState, threads_make_gthread_of_sync_for_good) {
  LiveState live(Configured());
  Change(live, {{"threads", 4}}, 1);
  EXPECT_EQ(live.settings().worker_class, "gthread");
  Change(live, {{"threads", 1}}, 2);
  EXPECT_EQ(live.settings().worker_class, "gthread");
  EXPECT_EQ(live.settings().threads, 1);
}

TEST(LiveState, sync_alone_means_one_thread) {
  LiveState live(Configured(1, "gthread", 8));
  Change(live, {{"worker_class", "sync"}});
  EXPECT_EQ(live.settings().worker_class, "sync");
  EXPECT_EQ(live.settings().threads, 1);
}

TEST(LiveState, sync_with_threads_is_gthread_as_in_gunicorn) {
  LiveState live(Configured());
  Change(live, {{"worker_class", "sync"}, {"threads", 3}});
  EXPECT_EQ(live.settings().worker_class, "gthread");
}

TEST(LiveState, speaks_as_the_configuration_does) {
  const LiveState live(Configured());
  EXPECT_THAT(TryError(live, {{"workers", "many"}}), HasSubstr("workers: \"many\""));
  EXPECT_THAT(TryError(live, {{"threads", 0}}), HasSubstr("an integer from 1 to 4096"));
  EXPECT_THAT(TryError(live, {{"workers", 4096}, {"threads", 4096}}), HasSubstr("more than 65536"));
  EXPECT_THAT(TryError(live, {{"settings", {{"body_memory", "1G"}, {"router_memory", "1M"}}}}),
              HasSubstr("router_memory"));
}

TEST(LiveState, refuses_names_and_types_that_make_no_sense) {
  EXPECT_THAT(ParseError({{"settings", {{"bind", "x"}}}}), HasSubstr("bind: cannot be changed"));
  EXPECT_THAT(ParseError({{"settings", {{"bnid", "x"}}}}), HasSubstr("no such setting"));
  EXPECT_THAT(ParseError({{"settings", "x"}}), HasSubstr("an object"));
  EXPECT_THAT(ParseError({{"workers", json::array()}}), HasSubstr("workers: a number"));
  EXPECT_THAT(ParseError({{"settings", {{"timeout", nullptr}}}}), HasSubstr("timeout: a text"));
}

TEST(LiveState, a_file_replaces_all_live_values) {
  LiveState live(Configured());
  Change(live, {{"workers", 9}}, 1);
  const LiveChange change = ParseChange({{"settings", {{"timeout", 5}}}}).value();
  live.Adopt(live.TryInstead(change, 2, false).value());
  EXPECT_EQ(live.settings().workers, 2);
  EXPECT_EQ(live.settings().timeout, 5);
}

TEST(LiveState, a_reload_forgets_signals_but_not_live_values) {
  LiveState live(Configured());
  live.SetWorkers(5);
  EXPECT_EQ(live.settings().workers, 5);
  ASSERT_TRUE(live.Reconfigure(Configured(3)));
  EXPECT_EQ(live.settings().workers, 3);
  Change(live, {{"workers", 7}});
  ASSERT_TRUE(live.Reconfigure(Configured(4)));
  EXPECT_EQ(live.settings().workers, 7);
}

TEST(LiveState, takes_changes_back) {
  LiveState live(Configured());
  Change(live, {{"workers", 3}}, 1);
  const LiveValues before = live.values();
  Change(live, {{"workers", 9}, {"threads", 4}}, 2);
  live.Restore(before);
  EXPECT_EQ(live.settings().workers, 3);
  EXPECT_EQ(live.settings().worker_class, "sync");
  EXPECT_EQ(live.values().revision, 1u);
}

class LiveStateFile : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + std::to_string(::getpid()) + "live.json";
  ~LiveStateFile() override { std::remove(path_.c_str()); }
};

TEST_F(LiveStateFile, is_read_as_it_was_written) {
  LiveState live(Configured());
  live.Adopt(live.Try(ParseChange({{"threads", 4}}).value(), 12, true).value());
  ASSERT_TRUE(live.Save(path_));
  LiveState again(Configured(5));
  ASSERT_TRUE(again.Load(path_));
  EXPECT_EQ(again.settings().threads, 4);
  EXPECT_EQ(again.settings().workers, 5);
  EXPECT_EQ(again.values().revision, 12u);
  EXPECT_TRUE(again.values().from_operator);
}

TEST_F(LiveStateFile, may_be_missing) {
  LiveState live(Configured());
  EXPECT_TRUE(live.Load(path_));
  EXPECT_EQ(live.values().revision, 0u);
}

TEST_F(LiveStateFile, is_refused_when_it_is_broken) {
  for (const char* text : {"", "{", "[]", R"({"revision": 1})", R"({"revision":"x","values":{}})",
                           R"({"revision": 1, "values": {"workers": "many"}})"}) {
    std::ofstream(path_) << text;
    LiveState live(Configured());
    EXPECT_FALSE(live.Load(path_)) << text;
    EXPECT_EQ(live.settings().workers, 2);
  }
}

}  // namespace
}  // namespace monoceros::master
