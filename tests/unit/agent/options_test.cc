// SPDX-License-Identifier: Apache-2.0
#include "agent/options.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/settings_json.h"
#include "temporary_folder.h"

namespace monoceros::agent {
namespace {

class OptionsTest : public testing::Test {
 protected:
  config::Environment Empty() const {
    config::Environment environment;
    environment.directory = folder_.path();
    return environment;
  }

  std::string ErrorOf(std::vector<std::string> arguments) const {
    const auto options = ReadOptions(std::move(arguments), Empty());
    return options ? "" : options.error().message;
  }

  TemporaryFolder folder_;
};

TEST_F(OptionsTest, reads_the_servers_own_flags_when_it_runs_alone) {
  config::Environment environment = Empty();
  environment.variables["MONOCEROS_STATSD_HOST"] = "127.0.0.1:8125";
  environment.variables["MONOCEROS_WORKERS"] = "4";  // of the server beside it
  const auto options = ReadOptions(
      {"--run-dir", "/run/shop", "--agent-bind", ":9000", "--app-metrics"}, environment);
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->settings.run_dir, "/run/shop");
  EXPECT_EQ(options->settings.agent_bind, "0.0.0.0:9000");
  EXPECT_EQ(options->settings.statsd_host, "127.0.0.1:8125");
  EXPECT_TRUE(options->settings.app_metrics);
  EXPECT_FALSE(options->by_master);
  EXPECT_FALSE(options->http);
}

TEST_F(OptionsTest, says_what_is_missing_or_wrong) {
  EXPECT_NE(ErrorOf({}).find("--run-dir is needed"), std::string::npos);
  EXPECT_NE(
      ErrorOf({"--run-dir", "/r", "--workers", "3"}).find("workers is a setting of the server"),
      std::string::npos);
  EXPECT_NE(ErrorOf({"--run-dir", "/r", "shop:app"}).find("wsgi_app"), std::string::npos);
  EXPECT_NE(ErrorOf({"--run-dir", "/r", "--http-fd"}).find("--http-fd"), std::string::npos);
  EXPECT_NE(ErrorOf({"--run-dir", "/r", "--config-fd", "999"}).find("--config-fd"),
            std::string::npos);
}

TEST_F(OptionsTest, takes_the_masters_settings_from_memory) {
  config::Settings settings;
  settings.control_bind = "127.0.0.1:9103";
  const std::string text = config::ToJson(settings);
  const int memory = ::memfd_create("settings", MFD_CLOEXEC);
  ASSERT_EQ(::write(memory, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  const auto options =
      ReadOptions({"--run-dir", "/run/shop", "--config-fd", std::to_string(memory)}, Empty());
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_TRUE(options->by_master);
  EXPECT_EQ(options->settings.control_bind, "127.0.0.1:9103");
  EXPECT_EQ(options->settings.run_dir, "/run/shop");
}

TEST_F(OptionsTest, explains_itself) {
  const auto options = ReadOptions({"--help"}, Empty());
  ASSERT_TRUE(options);
  for (const char* flag : {"--run-dir DIR", "--control-bind ADDRESS", "--statsd-host"}) {
    EXPECT_NE(options->text.find(flag), std::string::npos) << flag;
  }
  EXPECT_EQ(options->text.find("--workers"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::agent
