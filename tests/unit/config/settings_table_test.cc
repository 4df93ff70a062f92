// SPDX-License-Identifier: Apache-2.0
#include "config/settings_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "config/flags.h"
#include "config/gunicorn_settings.h"

namespace monoceros::config {
namespace {

TEST(SettingsTable, no_name_and_no_flag_is_used_twice) {
  std::set<std::string> seen = {"-c", "--config", "-h", "--help", "-v", "--version"};
  const auto add = [&seen](std::string_view name, std::string_view flags) {
    EXPECT_TRUE(seen.emplace(name).second) << name;
    for (const std::string& flag : SplitFlags(flags)) EXPECT_TRUE(seen.insert(flag).second) << flag;
  };
  for (const Setting& setting : SettingsTable()) add(setting.name, setting.flags);
  for (const GunicornSetting& setting : UnsupportedGunicornSettings()) {
    add(setting.name, setting.flags);
  }
}

TEST(SettingsTable, sections_are_not_torn) {
  std::set<std::string_view> seen;
  std::string_view section;
  for (const Setting& setting : SettingsTable()) {
    if (setting.section != section) {
      EXPECT_TRUE(seen.insert(setting.section).second) << setting.section;
    }
    section = setting.section;
  }
}

TEST(SettingsTable, every_meaning_is_a_sentence) {
  for (const Setting& setting : SettingsTable()) {
    EXPECT_TRUE(setting.meaning.ends_with('.')) << setting.name;
    EXPECT_EQ(setting.meaning.find("  "), std::string_view::npos) << setting.name;
  }
}

TEST(SettingsTable, every_default_is_allowed) {
  const Settings defaults;
  for (const Setting& setting : SettingsTable()) {
    Settings settings;
    const auto texts = Show(setting.value, defaults);
    if (setting.name == "wsgi_app") continue;
    EXPECT_TRUE(Assign(setting.value, texts, Environment{}, settings)) << setting.name;
    EXPECT_EQ(Show(setting.value, settings), texts) << setting.name;
  }
}

TEST(SettingsTable, defaults_are_gunicorns) {
  const auto text = [](const char* name) { return DefaultText(*FindSetting(name)); };
  EXPECT_EQ(text("bind"), "127.0.0.1:8000");
  EXPECT_EQ(text("backlog"), "2048");
  EXPECT_EQ(text("workers"), "1");
  EXPECT_EQ(text("timeout"), "30");
  EXPECT_EQ(text("graceful_timeout"), "30");
  EXPECT_EQ(text("keepalive"), "2");
  EXPECT_EQ(text("limit_request_line"), "4094");
  EXPECT_EQ(text("limit_request_field_size"), "8190");
  EXPECT_EQ(text("access_log_format"),
            R"(%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s")");
}

TEST(SettingsTable, every_setting_of_gunicorn_is_supported_or_refused) {
  const std::set<std::string_view> own = {"python",
                                          "asgi_app",
                                          "patch_except",
                                          "reload_surge",
                                          "boot_timeout",
                                          "header_timeout",
                                          "body_timeout",
                                          "send_timeout",
                                          "max_body",
                                          "body_memory",
                                          "router_memory",
                                          "spool_limit",
                                          "queue_limit",
                                          "queue_timeout",
                                          "log_json",
                                          "accounting",
                                          "server_timing",
                                          "slow_request_stack",
                                          "health_bind",
                                          "health_path",
                                          "run_dir",
                                          "agent",
                                          "agent_bind",
                                          "control_bind",
                                          "control_read_token_file",
                                          "control_change_token_file",
                                          "control_tls_cert",
                                          "control_tls_key",
                                          "control_tls_client_ca",
                                          "control_read_sans",
                                          "control_change_sans",
                                          "live_file",
                                          "app_metrics",
                                          "drain_delay",
                                          "keepalive_max_age",
                                          "request_timeout",
                                          "request_timeout_action",
                                          "loop_stall_warning",
                                          "websocket_ping_interval",
                                          "websocket_ping_timeout",
                                          "websocket_per_message_deflate"};
  size_t gunicorns = UnsupportedGunicornSettings().size();
  for (const Setting& setting : SettingsTable()) gunicorns += own.contains(setting.name) ? 0 : 1;
  // config, check_config and print_config are settings in Gunicorn and only flags here.
  EXPECT_EQ(gunicorns + 3, 120u);
}

TEST(FindUnsupported, finds_by_name_and_by_every_flag) {
  for (const char* text : {"daemon", "-D", "--daemon", "--paste", "--paster", "pre_fork"}) {
    EXPECT_NE(FindUnsupported(text), nullptr) << text;
  }
  for (const char* text : {"workers", "--workers", "", "-"}) {
    EXPECT_EQ(FindUnsupported(text), nullptr) << text;
  }
}

}  // namespace
}  // namespace monoceros::config
