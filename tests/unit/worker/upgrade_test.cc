// SPDX-License-Identifier: Apache-2.0
#include "worker/http/upgrade.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "worker/http/response_fields.h"

namespace monoceros::http {
namespace {

channel::RequestHead Request(std::vector<channel::Field> fields) {
  channel::RequestHead head;
  head.version_minor = 1;
  head.fields = std::move(fields);
  return head;
}

TEST(Upgrade, needs_both_fields) {
  EXPECT_EQ(UpgradeOf(Request({{"Connection", "upgrade"}, {"Upgrade", "websocket"}})), "websocket");
  EXPECT_EQ(UpgradeOf(Request({{"UPGRADE", "a, b"}, {"connection", "Keep-Alive ,\tUpGrade"}})),
            "a, b");
  EXPECT_EQ(UpgradeOf(Request({{"Connection", "x"}, {"Connection", "upgrade"}, {"Upgrade", "a"}})),
            "a");
  EXPECT_EQ(UpgradeOf(Request({{"Connection", "upgrade"}})), "");
  EXPECT_EQ(UpgradeOf(Request({{"Connection", "upgraded, up grade,"}, {"Upgrade", "a"}})), "");
  EXPECT_EQ(UpgradeOf(Request({{"Upgrade", "websocket"}})), "");
}

TEST(Upgrade, is_not_for_old_versions_or_requests_with_a_body) {
  channel::RequestHead head = Request({{"Connection", "upgrade"}, {"Upgrade", "websocket"}});
  head.has_body = true;
  EXPECT_EQ(UpgradeOf(head), "");
  head.has_body = false;
  head.version_minor = 0;
  EXPECT_EQ(UpgradeOf(head), "");
}

TEST(Upgrade, is_a_field_to_send_only_when_it_is_asked_for) {
  ResponseFields fields;
  fields.Add({"Upgrade", "a"});
  EXPECT_FALSE(fields.has_upgrade());
  fields.KeepUpgrade();
  fields.Add({"Upgrade", "a"});
  EXPECT_TRUE(fields.has_upgrade());
  fields.Clear();
  fields.Add({"Upgrade", "a"});
  EXPECT_FALSE(fields.has_upgrade());
}

}  // namespace
}  // namespace monoceros::http
