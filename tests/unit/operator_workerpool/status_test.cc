// SPDX-License-Identifier: Apache-2.0
#include "workerpool/status.h"

#include <gtest/gtest.h>

#include "fixtures.h"
#include "workerpool/load.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1767225600)};
const auto kLater = kNow + std::chrono::seconds(90);

TEST(Status, says_what_the_crd_has_fields_for) {
  const Picture picture = Calm(Shop());
  Json status = BuildStatus(picture, {}, kNow);
  EXPECT_EQ(status["conditions"].size(), 4);
  status.erase("conditions");
  EXPECT_EQ(status, (Json{{"observedGeneration", 3},
                          {"replicas", 2},
                          {"readyReplicas", 2},
                          {"updatedReplicas", 2},
                          {"selector", "monoceros.dev/pool=shop"},
                          {"workers", 2},
                          {"threads", 4},
                          {"workerClass", "gthread"},
                          {"liveRevision", 1},
                          {"convergedReplicas", 2},
                          {"templateHash", picture.hash},
                          {"load", "ok"}}));
}

TEST(Status, of_a_pool_that_leaves_values_open_says_what_its_pods_have) {
  const Json spec = {{"image", "shop:1"}, {"application", "shop"}, {"replicas", 1}};
  const Json status = BuildStatus(Calm(Pool(spec)), {}, kNow);
  EXPECT_EQ(status["threads"], 4);
  EXPECT_EQ(status["workerClass"], "gthread");
}

TEST(Status, does_not_change_while_nothing_happens) {
  const Json status = BuildStatus(Calm(Shop()), {}, kNow);
  EXPECT_EQ(BuildStatus(Calm(Shop()), status, kLater), status);
}

TEST(Status, times_of_conditions_move_only_with_their_status) {
  Picture picture = Calm(Shop());
  const Json status = BuildStatus(picture, {}, kNow);
  picture.pods[1].ready = false;
  const Json after = BuildStatus(picture, status, kLater);
  EXPECT_EQ(ConditionOf(after, "Ready")["lastTransitionTime"], "2026-01-01T00:01:30Z");
  EXPECT_EQ(ConditionOf(after, "Degraded")["lastTransitionTime"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(ConditionOf(after, "Ready")["observedGeneration"], 3);
}

TEST(Status, conditions_have_what_the_crd_requires) {
  const Json status = BuildStatus(Calm(Shop()), {}, kNow);
  ASSERT_FALSE(status["conditions"].empty());
  for (const Json& condition : status["conditions"]) {
    for (const char* field : {"type", "status", "reason", "message", "lastTransitionTime"}) {
      EXPECT_TRUE(condition.value(field, Json()).is_string()) << condition;
    }
  }
}

TEST(Status, names_at_most_ten_pods_that_are_not_as_they_should_be) {
  Json spec = ShopSpec();
  spec["replicas"] = 15;
  Picture picture = Calm(Pool(spec));
  EXPECT_FALSE(BuildStatus(picture, {}, kNow).contains("exceptions"));
  for (auto& [uid, look] : picture.looks) look.unreachable = std::string(3000, 'x');
  const Json exceptions = BuildStatus(picture, {}, kNow)["exceptions"];
  ASSERT_EQ(exceptions.size(), 10);
  EXPECT_EQ(exceptions[0]["reason"], "AgentUnreachable");
  EXPECT_EQ(exceptions[0]["message"].get<std::string>().size(), 1024);
}

TEST(Status, a_change_of_the_load_band_alone_is_told_from_others) {
  Picture picture = Calm(Shop());
  const Json before = BuildStatus(picture, {}, kNow);
  for (auto& [uid, look] : picture.looks) look.state->saturation = 1.2;
  const Json after = BuildStatus(picture, before, kLater);
  EXPECT_EQ(after["load"], "saturated");
  EXPECT_TRUE(OnlyLoadDiffers(before, after));
  EXPECT_FALSE(OnlyLoadDiffers(before, before));
  EXPECT_FALSE(OnlyLoadDiffers({}, after));
  picture.pods.pop_back();
  EXPECT_FALSE(OnlyLoadDiffers(before, BuildStatus(picture, before, kLater)));
}

TEST(Status, keeps_the_load_band_while_no_agent_answers) {
  Picture picture = Calm(Shop());
  const Json before = BuildStatus(picture, {}, kNow);
  for (auto& [uid, look] : picture.looks) look.unreachable = "no answer";
  EXPECT_EQ(BuildStatus(picture, before, kLater)["load"], "ok");
  EXPECT_FALSE(BuildStatus(picture, {}, kLater).contains("load"));
}

TEST(LoadBand, is_left_only_well_past_its_edge) {
  EXPECT_EQ(LoadBand("", 0.05), "idle");
  EXPECT_EQ(LoadBand("", 0.59), "ok");
  EXPECT_EQ(LoadBand("", 0.6), "high");
  EXPECT_EQ(LoadBand("", 2), "saturated");
  EXPECT_EQ(LoadBand("ok", 0.62), "ok");
  EXPECT_EQ(LoadBand("ok", 0.66), "high");
  EXPECT_EQ(LoadBand("high", 0.57), "high");
  EXPECT_EQ(LoadBand("high", 0.54), "ok");
  EXPECT_EQ(LoadBand("saturated", 0), "idle");
  EXPECT_EQ(LoadBand("idle", 1), "saturated");
}

}  // namespace
}  // namespace monoceros::workerpool
