// SPDX-License-Identifier: Apache-2.0
#include "master/template_process.h"

#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

TEST(TemplateProcess, sends_every_documented_field_of_start) {
  config::Settings settings;
  settings.application = "shop.wsgi:application";
  settings.preload = config::Preload::kAuto;
  settings.worker_class = "gthread";
  settings.threads = 4;
  const nlohmann::json message = StartMessage(settings, 7);
  EXPECT_EQ(message["op"], "start");
  EXPECT_EQ(message["generation"], 7);
  EXPECT_EQ(message["preload"], "auto");
  EXPECT_EQ(message["application"], "shop.wsgi:application");
  for (const char* field :
       {"chdir", "pythonpath", "worker_class", "threads", "max_requests", "max_requests_jitter",
        "loglevel", "log_json", "sendfile", "accounting", "server_timing", "app_metrics_dir"}) {
    EXPECT_TRUE(message.contains(field)) << field;
  }
}

TEST(TemplateProcess, names_the_directory_of_the_applications_metrics_only_with_the_setting) {
  config::Settings settings;
  EXPECT_EQ(StartMessage(settings, 7, "/run/x")["app_metrics_dir"], "");
  settings.app_metrics = true;
  EXPECT_EQ(StartMessage(settings, 7, "/run/x")["app_metrics_dir"], "/run/x");
}

}  // namespace
}  // namespace monoceros::master
