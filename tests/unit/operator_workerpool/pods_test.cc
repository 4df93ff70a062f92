// SPDX-License-Identifier: Apache-2.0
#include "workerpool/pods.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json Terminated(int code, const char* message) {
  return {{"terminated", {{"exitCode", code}, {"reason", "Error"}, {"message", message}}}};
}

TEST(Pods, facts_are_those_of_the_server_container) {
  Json pod = PodOf("shop-1", "hash");
  ServerOf(pod)["restartCount"] = 2;
  const PodFacts facts = FactsOf(pod);
  EXPECT_EQ(facts, (PodFacts{.uid = "uid-shop-1",
                             .name = "shop-1",
                             .hash = "hash",
                             .address = "10.1.2.3:9103",
                             .ready = true,
                             .started = true,
                             .restarts = 2}));
}

TEST(Pods, addresses_of_ipv6_have_brackets_and_new_pods_have_none) {
  Json pod = PodOf("shop-1", "hash");
  pod["status"]["podIP"] = "fd00::1";
  EXPECT_EQ(FactsOf(pod).address, "[fd00::1]:9103");
  EXPECT_EQ(FactsOf(Json{{"metadata", {{"name", "new"}}}}).address, "");
}

TEST(Pods, that_crash_say_why) {
  Json pod = PodOf("shop-1", "hash");
  ServerOf(pod)["ready"] = false;
  ServerOf(pod)["state"] = {{"waiting", {{"reason", "CrashLoopBackOff"}, {"message", "back-off"}}}};
  ServerOf(pod)["lastState"] = Terminated(1, "Traceback\nModuleNotFoundError: No module 'x'\n");
  EXPECT_EQ(FactsOf(pod).failure, "CrashLoopBackOff");
  EXPECT_EQ(FactsOf(pod).message,
            "container server: Traceback\nModuleNotFoundError: No module 'x'");
}

TEST(Pods, whose_image_is_missing_say_so_of_the_first_container) {
  Json pod = PodOf("shop-1", "hash");
  Json& agent = pod["status"]["initContainerStatuses"][0];
  agent["ready"] = false;
  agent["state"] = {{"waiting", {{"reason", "ErrImageNeverPull"}, {"message", "not present"}}}};
  EXPECT_EQ(FactsOf(pod).failure, "ErrImageNeverPull");
  EXPECT_EQ(FactsOf(pod).message, "container agent: not present");
}

TEST(Pods, that_failed_once_and_serve_again_do_not_fail) {
  Json pod = PodOf("shop-1", "hash");
  ServerOf(pod)["lastState"] = Terminated(137, "");
  EXPECT_EQ(FactsOf(pod).failure, "");
  ServerOf(pod)["ready"] = false;
  EXPECT_EQ(FactsOf(pod).failure, "Error");
}

TEST(Pods, that_are_being_created_do_not_fail) {
  Json pod = PodOf("shop-1", "hash");
  ServerOf(pod)["ready"] = false;
  ServerOf(pod)["state"] = {{"waiting", {{"reason", "ContainerCreating"}}}};
  EXPECT_EQ(FactsOf(pod).failure, "");
}

TEST(Pods, that_go_or_went_are_left_out) {
  Json going = PodOf("a", "hash");
  going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  Json evicted = PodOf("b", "hash");
  evicted["status"]["phase"] = "Failed";
  const auto pods = FactsOf(
      std::vector<kube::Object>{Stored(going), Stored(evicted), Stored(PodOf("c", "hash"))});
  ASSERT_EQ(pods.size(), 1);
  EXPECT_EQ(pods[0].name, "c");
}

TEST(Pods, survive_whatever_is_in_a_status) {
  Json pod = PodOf("a", "hash");
  pod["status"] = {{"containerStatuses", 3}, {"conditions", "x"}, {"podIP", nullptr}};
  EXPECT_FALSE(FactsOf(pod).ready);
  pod["status"] = {{"containerStatuses", Json::array({3, nullptr})}};
  EXPECT_EQ(FactsOf(pod).failure, "");
}

TEST(LastLines, begin_with_a_line_or_at_least_a_character) {
  EXPECT_EQ(LastLines("one\ntwo\n", 20), "one\ntwo");
  EXPECT_EQ(LastLines("one\ntwo\n", 5), "two");
  EXPECT_EQ(LastLines("\xC3\xA4\xC3\xB6", 3), "\xC3\xB6");
  EXPECT_EQ(LastLines("", 5), "");
  EXPECT_EQ(LastLines(" \n", 5), "");
}

}  // namespace
}  // namespace monoceros::workerpool
