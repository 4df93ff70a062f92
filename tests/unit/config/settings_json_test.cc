// SPDX-License-Identifier: Apache-2.0
#include "config/settings_json.h"

#include <gtest/gtest.h>

namespace monoceros::config {
namespace {

TEST(SettingsJson, carries_every_kind_of_value) {
  Settings settings;
  settings.application = "shop.wsgi";
  settings.preload = Preload::kOn;
  settings.bind = {":80", "unix:/x"};
  settings.workers = 7;
  settings.timeout = 0.1;
  settings.max_body = 18446744073709551615u;
  settings.sendfile = false;
  const Settings copy = FromJson(ToJson(settings)).value();
  EXPECT_EQ(copy.application, "shop.wsgi");
  EXPECT_EQ(copy.preload, Preload::kOn);
  EXPECT_EQ(copy.bind, settings.bind);
  EXPECT_EQ(copy.workers, 7);
  EXPECT_EQ(copy.timeout, 0.1);
  EXPECT_EQ(copy.max_body, settings.max_body);
  EXPECT_FALSE(copy.sendfile);
  EXPECT_EQ(ToJson(copy), ToJson(settings));
}

TEST(SettingsJson, missing_settings_keep_their_defaults) {
  EXPECT_EQ(ToJson(FromJson("{}").value()), ToJson(Settings{}));
}

TEST(SettingsJson, refuses_broken_text_unknown_names_and_wrong_types) {
  for (const char* text : {"", "[]", "{", R"({"wokers":1})", R"({"workers":"many"})",
                           R"({"bind":5})", R"({"preload_app":1})"}) {
    EXPECT_FALSE(FromJson(text)) << text;
  }
}

}  // namespace
}  // namespace monoceros::config
