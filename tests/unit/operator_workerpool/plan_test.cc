// SPDX-License-Identifier: Apache-2.0
#include "workerpool/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixtures.h"
#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

// "create Deployment shop", one a line.
std::string TextOf(const Plan& plan) {
  const std::vector<std::string> names = {"set replicas of", "create", "apply", "delete"};
  std::string text;
  for (const Action& action : plan.actions) {
    text += names[static_cast<size_t>(action.kind)] + " " + std::string(action.resource.kind) +
            " " + action.key.name + "\n";
  }
  return text;
}

Plan PlanOf(const Observed& observed) { return MakePlan(observed, Initial(observed.pool)); }

api::WorkerPool With(const char* name, const Json& value) {
  Json spec = ShopSpec();
  spec[name] = value;
  return Pool(spec);
}

api::WorkerPool Without(const char* name) {
  Json spec = ShopSpec();
  spec.erase(name);
  return Pool(spec);
}

Observed With(Observed observed, const api::WorkerPool& pool) {
  observed.pool = pool;
  return observed;
}

TEST(Plan, makes_config_maps_before_the_deployment_that_needs_them) {
  const api::WorkerPool pool = Shop();
  EXPECT_EQ(TextOf(PlanOf(Fresh(pool))),
            "create ConfigMap shop-control-ca\n"
            "create ConfigMap " +
                LiveConfigName(pool, TemplateHash(pool)) +
                "\n"
                "create Deployment shop\n"
                "create Service shop\n"
                "create PodDisruptionBudget shop\n");
}

TEST(Plan, of_a_pool_that_is_as_wanted_is_empty) { EXPECT_EQ(TextOf(PlanOf(Settled(Shop()))), ""); }

TEST(Plan, ends_at_the_same_state_wherever_it_was_interrupted) {
  const Observed fresh = Fresh(With("autoscaling", {{"maxReplicas", 3}}));
  const Plan whole = PlanOf(fresh);
  for (size_t done = 0; done <= whole.actions.size(); ++done) {
    Plan part = whole;
    part.actions.resize(done);
    const Observed left = After(fresh, part);
    EXPECT_EQ(TextOf(PlanOf(After(left, PlanOf(left)))), "") << done;
  }
}

TEST(Plan, sets_replicas_that_the_pool_leaves_open_once) {
  Json spec = ShopSpec();
  spec.erase("replicas");
  const Observed fresh = Fresh(Pool(spec));
  const Plan plan = PlanOf(fresh);
  ASSERT_EQ(plan.actions.front().kind, Action::Kind::kSetReplicas);
  EXPECT_EQ(plan.actions.front().body["spec"]["replicas"], 1);
  EXPECT_EQ(TextOf(PlanOf(After(fresh, plan))), "");
}

TEST(Plan, sets_open_replicas_to_what_the_deployment_has) {
  const Observed settled = Settled(With("replicas", 5));
  const Plan plan = PlanOf(With(settled, Without("replicas")));
  EXPECT_EQ(TextOf(plan), "set replicas of WorkerPool shop\n");
  EXPECT_EQ(plan.replicas, 5);
}

TEST(Plan, sets_open_replicas_to_the_least_of_autoscaling) {
  Json spec = ShopSpec();
  spec.erase("replicas");
  spec["autoscaling"] = {{"minReplicas", 2}, {"maxReplicas", 4}};
  EXPECT_EQ(PlanOf(Fresh(Pool(spec))).replicas, 2);
}

TEST(Plan, scales_the_deployment_and_says_so) {
  const Plan plan = PlanOf(With(Settled(Shop()), With("replicas", 3)));
  EXPECT_EQ(TextOf(plan), "apply Deployment shop\n");
  ASSERT_TRUE(plan.actions[0].event);
  EXPECT_EQ(plan.actions[0].event->reason, "ScaledUp");
  EXPECT_EQ(plan.actions[0].event->note, "From 2 to 3 pods");
}

TEST(Plan, of_a_live_change_writes_nothing_but_its_config_map) {
  const api::WorkerPool changed = With("threads", 16);
  const LiveRecord live{.values = api::LiveValuesOf(changed.spec), .revision = 2};
  const Plan plan = MakePlan(With(Settled(Shop()), changed), live);
  EXPECT_EQ(TextOf(plan),
            "apply ConfigMap " + LiveConfigName(changed, TemplateHash(changed)) + "\n");
}

TEST(Plan, of_a_new_image_makes_its_live_config_map_first) {
  const api::WorkerPool changed = With("image", "shop:2");
  EXPECT_EQ(TextOf(PlanOf(With(Settled(Shop()), changed))),
            "create ConfigMap " + LiveConfigName(changed, TemplateHash(changed)) +
                "\n"
                "apply Deployment shop\n"
                "delete ConfigMap " +
                LiveConfigName(changed, TemplateHash(Shop())) + "\n");
}

TEST(Plan, keeps_the_live_config_map_of_pods_that_still_run) {
  Observed observed = With(Settled(Shop()), With("image", "shop:2"));
  observed = After(observed, PlanOf(observed));
  observed.live_configs = Settled(Shop()).live_configs;
  observed.live_configs.push_back(After(observed, PlanOf(observed)).live_configs.back());
  observed.pods = {Stored(PodOf("shop-1", TemplateHash(Shop())))};
  EXPECT_EQ(TextOf(PlanOf(observed)), "");
  observed.pods.clear();
  EXPECT_EQ(TextOf(PlanOf(observed)),
            "delete ConfigMap " + LiveConfigName(Shop(), TemplateHash(Shop())) + "\n");
}

TEST(Plan, keeps_the_live_config_map_of_a_replica_set_that_is_scaled) {
  Observed observed = With(Settled(Shop()), With("image", "shop:2"));
  Json set = PodOf("shop-5d9", TemplateHash(Shop()));
  set["spec"]["replicas"] = 1;
  observed.replica_sets = {Stored(set)};
  EXPECT_EQ(TextOf(PlanOf(observed)).find("delete"), std::string::npos);
}

TEST(Plan, removes_the_autoscaler_with_the_autoscaling) {
  const Observed scaled = Settled(With("autoscaling", {{"maxReplicas", 3}}));
  EXPECT_EQ(TextOf(PlanOf(With(scaled, Shop()))), "delete HorizontalPodAutoscaler shop\n");
}

TEST(Plan, repairs_what_somebody_changed) {
  Observed observed = Settled(Shop());
  Json service = *observed.service;
  service["spec"]["selector"] = {{"app", "other"}};
  observed.service = Stored(service);
  EXPECT_EQ(TextOf(PlanOf(observed)), "apply Service shop\n");
}

TEST(Plan, leaves_a_foreign_service_alone_and_names_it) {
  Observed observed = Fresh(Shop());
  Json service = BuildService(Shop());
  service["metadata"]["ownerReferences"][0]["uid"] = "another";
  observed.service = Stored(service);
  const Plan plan = PlanOf(observed);
  EXPECT_EQ(TextOf(plan).find("Service"), std::string::npos);
  EXPECT_NE(TextOf(plan).find("create PodDisruptionBudget"), std::string::npos);
  ASSERT_EQ(plan.conflicts.size(), 1);
  EXPECT_NE(plan.conflicts[0].find("Service shop exists"), std::string::npos);
}

TEST(Plan, makes_no_pods_while_a_config_map_of_theirs_is_foreign) {
  Observed observed = Fresh(Shop());
  Json authority = BuildControlAuthority(Shop(), "");
  authority["metadata"].erase("ownerReferences");
  observed.authority = Stored(authority);
  const Plan plan = PlanOf(observed);
  EXPECT_EQ(TextOf(plan), "");
  ASSERT_EQ(plan.conflicts.size(), 1);
  EXPECT_NE(plan.conflicts[0].find("no controller"), std::string::npos);
}

TEST(Plan, does_not_delete_a_foreign_autoscaler) {
  Observed observed = Settled(Shop());
  Json foreign = {{"kind", "HorizontalPodAutoscaler"}, {"metadata", {{"name", "shop"}}}};
  observed.autoscaler = Stored(foreign);
  EXPECT_EQ(TextOf(PlanOf(observed)), "");
}

}  // namespace
}  // namespace monoceros::workerpool
