// SPDX-License-Identifier: Apache-2.0
#include "workerpool/picture.h"

#include <gtest/gtest.h>

#include "fixtures.h"
#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

// The pool as wanted, with one pod of each hash that is told.
Observed Running(const std::vector<std::string>& hashes) {
  Observed observed = Settled(Shop());
  for (const std::string& hash : hashes) {
    const std::string name = "shop-" + std::to_string(observed.pods.size());
    observed.pods.push_back(Stored(PodOf(name, hash), name));
  }
  return observed;
}

const std::string& Current() {
  static const std::string kHash = TemplateHash(Shop());
  return kHash;
}

TEST(Picture, counts_pods_of_the_current_template_that_have_the_revision) {
  const Observed observed = Running({Current(), Current(), "older"});
  const Looks looks{{"shop-0", LookOf(1)}, {"shop-1", LookOf(0)}, {"shop-2", LookOf(1)}};
  const Counts counts = CountPods(MakePicture(observed, looks));
  EXPECT_EQ(counts.all, 3);
  EXPECT_EQ(counts.ready, 3);
  EXPECT_EQ(counts.updated, 2);
  EXPECT_EQ(counts.started, 2);
  EXPECT_EQ(counts.converged, 1);
}

TEST(Picture, live_facts_see_the_greatest_revision_of_all_and_who_is_ahead_of_this_template) {
  const Observed observed = Running({Current(), "older"});
  const Looks looks{{"shop-0", LookOf(4)}, {"shop-1", LookOf(9)}};
  const LiveFacts facts = LiveFactsOf(MakePicture(observed, looks), observed);
  EXPECT_EQ(facts.greatest, 9);
  EXPECT_EQ(facts.ahead, 4);
  EXPECT_TRUE(facts.converged);
}

TEST(Picture, an_absurd_revision_of_a_pod_is_not_believed) {
  const Observed observed = Running({Current()});
  const Looks looks{{"shop-0", LookOf(UINT64_MAX)}};
  EXPECT_EQ(LiveFactsOf(MakePicture(observed, looks), observed).greatest, 1);
}

TEST(Picture, refusals_count_from_pods_of_this_template_and_revision) {
  const Observed observed = Running({Current(), "older"});
  Looks looks{{"shop-0", LookOf(0)}, {"shop-1", LookOf(0)}};
  looks["shop-1"].refusal = Refusal{"shop-1", 1, "no"};
  EXPECT_FALSE(LiveFactsOf(MakePicture(observed, looks), observed).refusal);
  looks["shop-0"].refusal = Refusal{"shop-0", 1, "no"};
  EXPECT_TRUE(LiveFactsOf(MakePicture(observed, looks), observed).refusal);
  looks["shop-0"].refusal->revision = 0;
  EXPECT_FALSE(LiveFactsOf(MakePicture(observed, looks), observed).refusal);
}

TEST(Picture, pods_are_to_have_the_values_of_their_own_template) {
  Observed observed = Running({Current(), "older"});
  observed.live_configs.push_back(
      Stored(BuildLiveRecord(Shop(), "older", {.values = {.threads = 9}, .revision = 7})));
  const auto targets = LookTargets(MakePicture(observed, {}), observed, /*push=*/true);
  ASSERT_EQ(targets.size(), 2);
  EXPECT_EQ(targets[0].revision, 1);
  EXPECT_EQ(targets[1].revision, 7);
  EXPECT_EQ(targets[1].values->threads, 9);
}

TEST(Picture, nothing_is_pushed_to_a_paused_pool_or_of_refused_values) {
  Observed observed = Running({Current()});
  EXPECT_FALSE(LookTargets(MakePicture(observed, {}), observed, /*push=*/false)[0].values);
  LiveRecord refused = Initial(Shop());
  refused.refused = DigestOf(refused.values);
  observed.live_configs = {Stored(BuildLiveRecord(Shop(), Current(), refused))};
  EXPECT_FALSE(LookTargets(MakePicture(observed, {}), observed, /*push=*/true)[0].values);
}

TEST(Picture, pods_that_have_not_started_are_not_visited) {
  Observed observed = Running({});
  kube::Json pod = PodOf("shop-0", Current());
  ServerOf(pod)["started"] = false;
  observed.pods = {Stored(pod)};
  EXPECT_TRUE(LookTargets(MakePicture(observed, {}), observed, /*push=*/true).empty());
}

}  // namespace
}  // namespace monoceros::workerpool
