// SPDX-License-Identifier: Apache-2.0
#include "workerpool/drift.h"

#include <gtest/gtest.h>

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json Built() {
  return Stamped(
      {{"metadata", {{"name", "shop"}}},
       {"spec",
        {{"replicas", 2},
         {"hidden", false},
         {"containers", Json::array({{{"name", "server"},
                                      {"args", Json::array({"a", "b"})},
                                      {"env", Json::array({{{"name", "X"}, {"value", ""}}})},
                                      {"resources", {{"cpu", "1000m"}}}}})}}}});
}

TEST(Drift, is_none_when_the_object_is_what_was_built) { EXPECT_FALSE(Drifted(Built(), Built())); }

TEST(Drift, is_no_field_or_element_that_others_added) {
  Json live = Built();
  live["status"] = {{"replicas", 1}};
  live["metadata"]["labels"] = {{"team", "a"}};
  live["spec"]["containers"].push_back({{"name", "injected"}});
  live["spec"]["containers"][0]["terminationMessagePath"] = "/dev/termination-log";
  EXPECT_FALSE(Drifted(live, Built()));
}

TEST(Drift, is_neither_an_empty_value_left_out_nor_another_way_to_write_a_quantity) {
  Json live = Built();
  live["spec"]["containers"][0]["env"][0].erase("value");
  live["spec"]["containers"][0]["resources"]["cpu"] = "1";
  EXPECT_FALSE(Drifted(live, Built()));
}

TEST(Drift, is_a_changed_a_missing_and_a_false_that_was_removed) {
  Json live = Built();
  live["spec"]["replicas"] = 3;
  EXPECT_TRUE(Drifted(live, Built()));
  live = Built();
  live["spec"].erase("hidden");
  EXPECT_TRUE(Drifted(live, Built()));
  live = Built();
  live["spec"]["containers"][0]["args"].push_back("c");
  EXPECT_TRUE(Drifted(live, Built()));
  live = Built();
  live["spec"]["containers"][0]["name"] = "other";
  EXPECT_TRUE(Drifted(live, Built()));
}

TEST(Drift, is_a_field_that_is_no_longer_built) {
  Json before = Built();
  before["metadata"]["annotations"].erase(kAppliedAnnotation);
  before["spec"]["more"] = 1;
  EXPECT_TRUE(Drifted(Stamped(before), Built()));
}

}  // namespace
}  // namespace monoceros::workerpool
