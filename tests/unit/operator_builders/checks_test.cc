// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "pools.h"

namespace monoceros::workerpool {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

auto Says(const std::string& reason, const std::string& message) {
  return testing::AllOf(Field(&Problem::reason, reason),
                        Field(&Problem::message, HasSubstr(message)));
}

std::vector<Problem> CheckSettings(std::map<std::string, std::string> settings) {
  api::WorkerPool pool = MinimalPool();
  pool.spec.settings = std::move(settings);
  return CheckPool(pool);
}

TEST(CheckPool, finds_nothing_wrong_with_the_samples) {
  EXPECT_THAT(CheckPool(MinimalPool()), IsEmpty());
  EXPECT_THAT(CheckPool(AutoscaledPool()), IsEmpty());
  EXPECT_THAT(CheckPool(FullPool()), IsEmpty());
}

TEST(CheckPool, names_the_setting_that_was_meant) {
  EXPECT_THAT(CheckSettings({{"timeot", "5"}}), ElementsAre(Says("UnknownSetting", "timeout")));
}

TEST(CheckPool, says_where_a_setting_belongs_that_is_not_live) {
  EXPECT_THAT(CheckSettings({{"backlog", "5"}}),
              ElementsAre(Says("SettingNotLive", "set MONOCEROS_BACKLOG in spec.env")));
}

TEST(CheckPool, says_which_field_of_the_pool_is_meant) {
  EXPECT_THAT(CheckSettings({{"graceful_timeout", "5"}}),
              ElementsAre(Says("InvalidSetting", "set spec.gracefulTimeoutSeconds")));
  EXPECT_THAT(CheckSettings({{"worker_class", "sync"}}),
              ElementsAre(Says("InvalidSetting", "set spec.workerClass")));
}

TEST(CheckPool, refuses_a_value_that_the_server_would_refuse) {
  EXPECT_THAT(CheckSettings({{"timeout", "soon"}}),
              ElementsAre(Says("InvalidSetting", "timeout: \"soon\" (spec.settings)")));
}

TEST(CheckPool, reports_every_setting_in_the_order_of_names) {
  EXPECT_THAT(CheckSettings({{"timeout", "soon"}, {"bind", ":80"}, {"queue_limit", "0"}}),
              ElementsAre(Says("SettingNotLive", "bind"), Says("InvalidSetting", "queue_limit"),
                          Says("InvalidSetting", "timeout")));
}

TEST(CheckPool, refuses_settings_that_do_not_fit_together) {
  EXPECT_THAT(CheckSettings({{"body_memory", "64M"}, {"router_memory", "32M"}}),
              ElementsAre(Says("SettingsDoNotFit", "body_memory")));
}

TEST(CheckPool, refuses_more_threads_than_a_server_has_room_for) {
  api::WorkerPool pool = MinimalPool();
  pool.spec.workers = 256;
  pool.spec.threads = 1024;
  EXPECT_THAT(CheckPool(pool), ElementsAre(Says("SettingsDoNotFit", "65536")));
}

TEST(CheckPool, keeps_the_time_to_boot_within_that_of_the_startup_probe) {
  EXPECT_THAT(CheckSettings({{"boot_timeout", "300"}}), IsEmpty());
  EXPECT_THAT(CheckSettings({{"boot_timeout", "301"}}),
              ElementsAre(Says("InvalidSetting", "300 seconds")));
  EXPECT_THAT(CheckSettings({{"boot_timeout", "0"}}),
              ElementsAre(Says("InvalidSetting", "boot_timeout")));
}

TEST(CheckPool, knows_what_the_environment_says_below_the_settings) {
  api::WorkerPool pool = MinimalPool();
  pool.spec.settings = {{"body_memory", "512M"}};
  EXPECT_THAT(CheckPool(pool), ElementsAre(Says("SettingsDoNotFit", "body_memory")));
  pool.spec.env = {{{"name", "MONOCEROS_ROUTER_MEMORY"}, {"value", "1G"}}};
  EXPECT_THAT(CheckPool(pool), IsEmpty());
  pool.spec.env = {{{"name", "MONOCEROS_BOOT_TIMEOUT"}, {"value", "600"}}};
  pool.spec.settings.clear();
  EXPECT_THAT(CheckPool(pool), ElementsAre(Says("InvalidSetting", "boot_timeout (spec.env)")));
  pool.spec.settings = {{"boot_timeout", "120"}};
  EXPECT_THAT(CheckPool(pool), IsEmpty());
}

TEST(CheckPool, leaves_to_the_server_what_only_it_can_judge) {
  api::WorkerPool pool = MinimalPool();
  pool.spec.env = {{{"name", "MONOCEROS_OF_A_LATER_VERSION"}, {"value", "1"}},
                   {{"name", "MONOCEROS_CHDIR"}, {"value", "/srv/shop"}},
                   {{"name", "MONOCEROS_TIMEOUT"}, {"valueFrom", kube::Json::object()}}};
  EXPECT_THAT(CheckPool(pool), IsEmpty());
}

}  // namespace
}  // namespace monoceros::workerpool
