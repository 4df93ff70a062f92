// SPDX-License-Identifier: Apache-2.0
#include "workerpool/conditions.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "fixtures.h"

namespace monoceros::workerpool {
namespace {

std::map<std::string, Condition> Conditions(const Picture& picture) {
  std::map<std::string, Condition> conditions;
  for (const Condition& condition : ConditionsOf(picture)) conditions[condition.type] = condition;
  return conditions;
}

// "True EnoughPods"
std::string Of(const Picture& picture, const char* type) {
  const Condition condition = Conditions(picture)[type];
  return condition.status + " " + condition.reason;
}

std::string MessageOf(const Picture& picture, const char* type) {
  return Conditions(picture)[type].message;
}

TEST(Conditions, of_a_pool_that_is_as_wanted) {
  const Picture picture = Calm(Shop());
  EXPECT_EQ(Of(picture, "Ready"), "True EnoughPods");
  EXPECT_EQ(Of(picture, "Progressing"), "False Complete");
  EXPECT_EQ(Of(picture, "Degraded"), "False AsWanted");
  EXPECT_EQ(Of(picture, "LiveConverged"), "True Converged");
}

TEST(Conditions, of_a_pool_without_pods_yet) {
  Picture picture = Calm(Shop());
  picture.pods.clear();
  EXPECT_EQ(Of(picture, "Ready"), "False TooFewPods");
  EXPECT_EQ(Of(picture, "Progressing"), "True Scaling");
  EXPECT_EQ(Of(picture, "LiveConverged"), "Unknown NoPods");
  picture.live.reset();
  EXPECT_EQ(Of(picture, "LiveConverged"), "Unknown NotWritten");
}

TEST(Conditions, of_a_pool_that_wants_no_pods_are_ready) {
  Picture picture = Calm(Shop());
  picture.pods.clear();
  picture.wanted = 0;
  EXPECT_EQ(Of(picture, "Ready"), "True EnoughPods");
  EXPECT_EQ(Of(picture, "Progressing"), "False Complete");
}

TEST(Conditions, new_pods_that_fail_degrade_a_pool_that_its_old_pods_keep_ready) {
  Picture picture = Calm(Shop());
  for (PodFacts& pod : picture.pods) pod.hash = "older";
  picture.pods.push_back({.name = "shop-new",
                          .hash = picture.hash,
                          .failure = "CrashLoopBackOff",
                          .message = "ModuleNotFoundError: shop"});
  EXPECT_EQ(Of(picture, "Ready"), "True EnoughPods");
  EXPECT_EQ(Of(picture, "Progressing"), "True RollingOut");
  EXPECT_EQ(Of(picture, "Degraded"), "True PodsFailing");
  EXPECT_EQ(MessageOf(picture, "Degraded"),
            "shop-new: CrashLoopBackOff: ModuleNotFoundError: shop");
  picture.stalled = true;
  EXPECT_EQ(Of(picture, "Progressing"), "False DeadlineExceeded");
  EXPECT_EQ(Of(picture, "Degraded"), "True PodsFailing");
}

TEST(Conditions, old_pods_that_fail_are_no_fault_of_this_generation) {
  Picture picture = Calm(Shop());
  picture.pods.push_back({.name = "old", .hash = "older", .failure = "Error"});
  EXPECT_EQ(Of(picture, "Degraded"), "False AsWanted");
}

TEST(Conditions, name_the_weightiest_trouble) {
  Picture picture = Calm(Shop());
  picture.pods[0].failure = "Error";
  picture.troubles = {{"NameConflict", "Service shop exists"}, {"ApiRefused", "no"}};
  EXPECT_EQ(Of(picture, "Degraded"), "True NameConflict");
  EXPECT_EQ(MessageOf(picture, "Degraded"), "Service shop exists");
}

TEST(Conditions, a_rollout_that_takes_too_long_degrades) {
  Picture picture = Calm(Shop());
  picture.pods.pop_back();
  picture.stalled = true;
  EXPECT_EQ(Of(picture, "Degraded"), "True DeadlineExceeded");
}

TEST(Conditions, a_live_change_under_way_says_how_far_it_is_and_who_is_late) {
  Picture picture = Calm(Shop());
  picture.live->revision = 2;
  picture.looks["uid-shop-0"].state->live_revision = 2;
  picture.looks["uid-shop-1"].unreachable = "no answer";
  EXPECT_EQ(Of(picture, "LiveConverged"), "False Converging");
  EXPECT_EQ(MessageOf(picture, "LiveConverged"),
            "1 of 2 pods have live revision 2; shop-1: no answer");
}

TEST(Conditions, values_of_the_spec_that_were_not_written_are_not_converged) {
  Picture picture = Calm(Shop());
  picture.pool.spec.threads = 16;
  EXPECT_EQ(Of(picture, "LiveConverged"), "False NotWritten");
}

TEST(Conditions, a_refused_live_change_degrades_until_the_spec_changes) {
  Picture picture = Calm(Shop());
  picture.pool.spec.threads = 16;
  picture.live->refused = DigestOf(api::LiveValuesOf(picture.pool.spec));
  picture.live->refusal = "shop-1: no memory";
  EXPECT_EQ(Of(picture, "Degraded"), "True LiveChangeFailed");
  EXPECT_EQ(MessageOf(picture, "Degraded"),
            "shop-1: no memory; it is not tried again until the spec changes");
  EXPECT_EQ(Of(picture, "LiveConverged"), "False LiveChangeFailed");
  picture.pool.spec.threads = 8;
  EXPECT_EQ(Of(picture, "Degraded"), "False AsWanted");
}

TEST(Conditions, an_agent_that_stops_answering_takes_nothing_from_a_converged_pod) {
  Picture picture = Calm(Shop());
  picture.looks["uid-shop-1"].unreachable = "no answer";
  EXPECT_EQ(Of(picture, "LiveConverged"), "True Converged");
  EXPECT_EQ(Of(picture, "Ready"), "True EnoughPods");
}

TEST(Conditions, of_a_paused_pool_say_so) {
  Picture picture = Calm(Shop());
  picture.pool.spec.paused = true;
  EXPECT_EQ(Of(picture, "Progressing"), "False Paused");
}

}  // namespace
}  // namespace monoceros::workerpool
